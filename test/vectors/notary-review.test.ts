// What the real notary and docker trust uploaded to the real server, through our server's judgement: accepted and refused alike.
import {
  digestOf,
  isJsonObject,
  jsonObject,
  notary,
  parseInstant,
  parseNotaryGun,
  parseNotaryRoleName,
  type ReviewAnswer,
  ReviewError,
  type ReviewNeed,
  type RoleName,
  readJson,
  readNotaryKeys,
  reviewNotary,
  type Sealed,
  type ServerKey,
  STANDARD_LIMITS,
  type Upload,
} from '@countersign/core';
import { nativeCryptography } from '@countersign/crypto-native';
import { expect, it } from 'vitest';
import { bodyOf, type Exchange, exchanges, partsIn } from './notary-traces.ts';

const DAY = 86_400_000;
const crypto = nativeCryptography();
const env = { now: parseInstant('2026-11-21T12:00:00Z', 'now'), limits: STANDARD_LIMITS, crypto, dialect: notary };
const ROUTE = /^\/v2\/(.+)\/_trust\/tuf\/(.*)$/;
type ServerRole = 'snapshot' | 'timestamp';

/** A repository as the recording server had it, and the keys that it answered with. */
class Recorded {
  files = new Map<RoleName, Sealed>();
  deleted = false;
  readonly keys: Readonly<Record<ServerRole, ServerKey[]>> = { snapshot: [], timestamp: [] };

  learnKey(role: ServerRole, body: Uint8Array): void {
    const { value } = readJson(body, { maxDepth: 4 });
    if (!isJsonObject(value)) throw new Error('a key is an object');
    const ring = readNotaryKeys(jsonObject({ [notary.keyId(value, crypto)]: value }), 'keys', crypto);
    for (const spelling of ring.values()) {
      const opened = crypto.openKey(spelling);
      if (opened.status !== 'ready') throw new Error('the key does not open');
      const { fingerprint } = opened.key;
      if (this.keys[role].some((known) => known.fingerprint === fingerprint)) continue;
      this.keys[role].push({ generation: this.keys[role].length + 1, fingerprint });
    }
  }

  /** Judges, and stores what was accepted. The answer is what the recorded server's status and error are compared with. */
  post(upload: Upload): string {
    try {
      const rules = { serverKeys: this.keys, lifetimes: { snapshot: 14 * DAY, timestamp: 3 * DAY } };
      const steps = reviewNotary(this.files.size === 0 ? undefined : { files: this.files, deleted: this.deleted }, upload, rules, env);
      let step = steps.next();
      while (step.done !== true) step = steps.next(this.answer(step.value));
      const plan = step.value;
      if (this.deleted) this.files = new Map();
      this.deleted = false;
      for (const role of plan.retired) this.files.delete(role);
      const { snapshot } = plan;
      // The server's signature is not there; nobody asks for it here.
      const bytes = 'bytes' in snapshot ? snapshot.bytes : notary.file(snapshot.signed, []);
      for (const file of [...plan.files, { ...snapshot, bytes, digest: digestOf(crypto, bytes) }]) this.files.set(file.name, file);
      return '200';
    } catch (error) {
      if (!(error instanceof ReviewError)) throw error;
      return error.code === 'conflict' ? '400 VERSION' : `400 ${String(error.details['about'])}: ${error.message}`;
    }
  }

  private answer(need: ReviewNeed): ReviewAnswer {
    if (need.need === 'stored') return this.files.get(need.role)?.bytes;
    return need.claims.map(() => undefined);
  }
}

const NAMES: Readonly<Record<string, string>> = {
  ErrBadRoot: 'root',
  ErrBadTargets: 'targets',
  ErrBadSnapshot: 'snapshot',
  ErrBadHierarchy: 'hierarchy',
  ErrValidation: 'validation',
};

/** Status and error of the recorded answer, in the words of `post`. */
function recordedVerdict({ response }: Exchange): string {
  if (response.status === 200) return '200';
  const [error] = JSON.parse(bodyOf(response).toString()).errors;
  if (error.code !== 'INVALID_UPDATE') return `${response.status} ${error.code}`;
  return `${response.status} ${NAMES[error.detail.Name]}: ${error.detail.Error.Msg}`;
}

it('judges every recorded upload as the real server did', () => {
  const repositories = new Map<string, Recorded>();
  const verdicts: { readonly n: number; readonly scenario: string; readonly theirs: string; readonly ours: string }[] = [];
  for (const exchange of exchanges) {
    const [, gun, file] = ROUTE.exec(decodeURIComponent(exchange.request.target.split('?')[0] ?? '')) ?? [];
    if (gun === undefined || exchange.response.status === 401) continue;
    const repository = repositories.get(gun) ?? new Recorded();
    repositories.set(gun, repository);
    const [, role] = /^(snapshot|timestamp)\.key$/.exec(file ?? '') ?? [];
    if (role === 'snapshot' || role === 'timestamp') {
      if (exchange.response.status === 200) repository.learnKey(role, bodyOf(exchange.response));
    } else if (exchange.request.method === 'DELETE' && exchange.response.status === 200) repository.deleted = repository.files.size > 0;
    else if (exchange.request.method === 'POST') {
      const theirs = recordedVerdict(exchange);
      // What is no upload at all, or not to be taken, is the edge's affair.
      if (/MALFORMED|NO_FILENAME|INVALID_ROLE|INVALID_GUN/.test(theirs)) continue;
      const parts = new Map(partsIn(exchange).map(({ role, bytes }) => [parseNotaryRoleName(role.replace(/\.json$/, '')), bytes]));
      const ours = repository.post({ gun: parseNotaryGun(gun), parts, recreate: false });
      verdicts.push({ n: exchange.n, scenario: exchange.scenario, theirs, ours });
    }
  }
  const different = verdicts.filter(({ theirs, ours }) => theirs !== ours);
  expect({ judged: verdicts.length, different }).toEqual({ judged: 58, different: [] });
});

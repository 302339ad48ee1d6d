// Every file that a client may ask a mirror for, each verified on the way: all roots from the first, and what the newest timestamp leads to.
// A mirror never carries what would not verify, so that a bad set is found here and not by everybody who reads it.
import type { TrustedRepository } from '@countersign/client';
import {
  type Anchor,
  binsAmong,
  delegatedTargets,
  type Env,
  FormatError,
  isNeed,
  type Need,
  pinOf,
  ROOT,
  refresh,
  rootOf,
  STANDARD_LIMITS,
  type TargetsTrusted,
  TrustError,
  type TrustedRoles,
  type Verified,
  type Workflow,
} from '@countersign/core';
import { nativeCryptography } from '@countersign/crypto-native';
import { metadataUrl } from '../compose/metadata-url.ts';
import type { Trust } from '../compose/opened.ts';
import { statusError } from '../compose/server-status.ts';

export interface MirrorSet {
  /** Path below the metadata base URL to bytes. The timestamp is the last. */
  readonly files: ReadonlyMap<string, Uint8Array>;
  /** Of those, the one that has no version in its name. */
  readonly newest: string;
  readonly timestamp: { readonly version: number; readonly expires: number };
}

type Asked = Pick<Trust, 'gun' | 'dialect' | 'http' | 'server' | 'authorization'>;

const MOST_DELEGATIONS = 2048;
const ATTEMPTS = 3;

/**
 * The set that stands now. `trusted` is what this machine believes of the repository: the roots must lead to that one and no other.
 * Throws TrustError, FormatError, FetchError and ServerError.
 */
export async function collectSet(asked: Asked, trusted: TrustedRepository, now: Env['now']): Promise<MirrorSet> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await collectOnce(asked, trusted, now);
    } catch (error) {
      // Published between two requests: what the older timestamp led to may be gone.
      if (!(error instanceof TrustError) || error.code !== 'missing' || attempt === ATTEMPTS) throw error;
    }
  }
}

async function collectOnce(asked: Asked, trusted: TrustedRepository, now: Env['now']): Promise<MirrorSet> {
  const env: Env = { now, crypto: nativeCryptography(), limits: STANDARD_LIMITS, dialect: asked.dialect };
  const files = new Map<string, Uint8Array>();
  const answer = async (need: Need): Promise<Uint8Array | undefined> => {
    const bytes = need.from === 'cache' ? undefined : await fetchFile(asked, need);
    if (bytes !== undefined) files.set(need.path, bytes);
    return bytes;
  };
  const run = async <Result>(workflow: Workflow<Result>): Promise<Result> => {
    let step = workflow.next();
    while (step.done !== true) step = workflow.next(isNeed(step.value) ? await answer(step.value) : undefined);
    return step.value;
  };
  // From the first root on, which a new reader begins with. That it is the right line is what the pin below says: no other first root
  // could have signed the way to a root that this machine believes.
  const anchor: Anchor = { gun: asked.gun, pins: [], minimum: {}, otherwise: 'unsafe-first-use', binding: 'optional' };
  const stage = await run(refresh(anchor, undefined, env));
  checkLine(files, stage, trusted, env);
  await openAll(stage, run, env);
  const { content } = stage.before.before.timestamp;
  const newest = env.dialect.path({ role: stage.before.before.timestamp.name, version: undefined, consistent: false });
  const timestamp = files.get(newest);
  if (timestamp === undefined) throw new Error('a set without a timestamp was verified');
  files.delete(newest);
  files.set(newest, timestamp);
  return { files, newest, timestamp: { version: content.version, expires: content.expires } };
}

function checkLine(files: ReadonlyMap<string, Uint8Array>, stage: TargetsTrusted, { gun, pin, roles }: TrustedRepository, env: Env): void {
  const path = env.dialect.path({ role: ROOT, version: pin.version, consistent: true });
  const bytes = files.get(path);
  const found = bytes && pinOf(env.dialect.parse('root', ROOT, bytes, env), env.crypto);
  if (found?.digest !== pin.digest) {
    throw new TrustError(
      'untrusted-root',
      `${gun}: the roots of the server do not lead to root v${pin.version}, which this machine believes`,
    );
  }
  const { version } = stage.before.before.timestamp.content;
  if (version < roles.timestamp.version && rootOf(stage).root.content.version === pin.version) {
    throw new TrustError('rollback', `${gun}: timestamp v${version} is older than v${roles.timestamp.version}`);
  }
}

/** Every delegated role that a search could meet, hash bins too. Throws for one that does not verify. */
async function openAll(stage: TargetsTrusted, run: <Result>(workflow: Workflow<Result>) => Promise<Result>, env: Env): Promise<void> {
  const trusted: TrustedRoles = new Map();
  const seen = new Set<string>();
  const below = async (delegator: Verified<'targets'>): Promise<void> => {
    const { roles = [], bins } = delegator.content.delegations ?? {};
    const listed = bins === undefined ? roles : binsAmong(bins, stage.before.snapshot.content.meta.keys());
    for (const role of listed) {
      const name = `${delegator.name} ${role.name}`;
      if (seen.has(name)) continue;
      seen.add(name);
      if (bins === undefined && seen.size > MOST_DELEGATIONS) throw new TrustError('limit', `more than ${MOST_DELEGATIONS} delegations`);
      const found = await run(delegatedTargets(stage, delegator, role, trusted, env));
      if (found !== undefined) await below(found);
    }
  };
  await below(stage.targets);
}

async function fetchFile({ gun, dialect, http, server, authorization }: Asked, need: Need): Promise<Uint8Array | undefined> {
  if (need.path.includes('..') || need.path.startsWith('/'))
    throw new FormatError('malformed', `${need.path.slice(0, 80)} is no name of a file`);
  const reply = await http.send({
    method: 'GET',
    url: metadataUrl(server.url, dialect, gun, need.path),
    ...(authorization === undefined ? {} : { headers: { authorization } }),
    maxLength: need.maxLength,
    redirects: 'refuse',
  });
  if (reply.status === 404) return undefined;
  if (reply.status !== 200) throw statusError(server.url, need.path, reply);
  return reply.body;
}

// Somebody who publishes to a Notary repository on a server, with keys at hand, so that any file can be bent before it is sent.
import {
  type Anchor,
  type Env,
  isJsonObject,
  isNeed,
  notary,
  parseVersion,
  ROOT,
  type RoleName,
  readJson,
  refresh,
  type Signer,
  SNAPSHOT,
  TARGETS,
  type TargetsTrusted,
  TIMESTAMP,
} from '@countersign/core';
import { NotaryRepository } from '@countersign/testkit';
import { signerWithoutHand } from './public-half.ts';
import { type Answer, FORM, form, type Question, type Site } from './site.ts';

export interface Owner {
  readonly base: string;
  readonly repository: NotaryRepository;
  /** Sends parts; what was taken, the repository knows from then on. */
  post(parts: Iterable<readonly [string, Uint8Array]>, question?: Question): Promise<Answer>;
  /** Publishes for the first time. */
  begin(): Promise<void>;
  /** The next targets with one more tag, and the snapshot over them where its key is the owner's. */
  tagged(tag: string): Promise<Map<RoleName, Uint8Array>>;
  get(file: string, question?: Question): Promise<Answer>;
  /** What a client believes that knows nothing yet. Throws what core throws. */
  read(): Promise<TargetsTrusted>;
}

export async function newOwner(
  site: Site,
  options: { readonly gun?: string; readonly snapshot?: 'server' | 'publisher' } = {},
): Promise<Owner> {
  const { snapshot = 'publisher' } = options;
  const repository = await NotaryRepository.create({ ...options, now: site.clock.now, snapshot });
  const base = `/v2/${encodeURI(repository.gun).replace(/[?#]/g, encodeURIComponent)}/_trust/tuf/`;
  for (const role of snapshot === 'server' ? ['timestamp', 'snapshot'] : ['timestamp']) {
    repository.signers.set(role, [await serverSigner(site, `${base}${role}.key`)]);
  }
  const owner: Owner = {
    base,
    repository,
    async post(parts, question = {}) {
      repository.now = site.clock.now;
      const list = [...parts];
      const answer = await site.ask(base, { method: 'POST', body: form(list), ...question, headers: { ...FORM, ...question.headers } });
      const taken = new Map(list.map(([name, bytes]) => [name.replace(/\.json$/, '') as RoleName, bytes]));
      if (answer.status === 200) for (const [name, bytes] of taken) if (name !== TIMESTAMP) keep(repository, name, bytes);
      return answer;
    },
    async begin() {
      const answer = await owner.post(await repository.first());
      if (answer.status !== 200) throw new Error(`${answer.status} ${answer.body.toString()}`);
    },
    async tagged(tag) {
      repository.now = site.clock.now;
      const parts = new Map([[TARGETS, await repository.targets('targets', { targets: new Map([[tag, ENTRY]]) })]]);
      return snapshot === 'server' ? parts : parts.set(SNAPSHOT, await repository.snapshot(parts));
    },
    get: (file, question) => site.ask(`${base}${file}`, question),
    async read() {
      const anchor: Anchor = repository.anchor();
      const steps = refresh(anchor, undefined, repository.env(site.clock.now) satisfies Env);
      let step = steps.next();
      while (!step.done) {
        const answer = isNeed(step.value) && step.value.from === 'server' ? await owner.get(step.value.path) : undefined;
        step = steps.next(answer?.status === 200 ? answer.body : undefined);
      }
      return step.value;
    },
  };
  return owner;
}

/** The key that the server answers, for a root that names it. */
export async function serverSigner(site: Site, path: string, method = 'GET'): Promise<Signer> {
  const { body } = await site.ask(path, { method });
  const { value } = readJson(body, { maxDepth: 4 });
  if (!isJsonObject(value)) throw new Error(`no key: ${body.toString()}`);
  return signerWithoutHand(value);
}

const ENTRY = objectOf({ hashes: { sha256: Buffer.alloc(32, 7).toString('base64') }, length: 7 });

function objectOf(words: unknown) {
  return readJson(Buffer.from(JSON.stringify(words)), { maxDepth: 8 }).value;
}

function keep(repository: NotaryRepository, name: RoleName, bytes: Uint8Array): void {
  const kind = name === ROOT ? 'root' : name === SNAPSHOT ? 'snapshot' : 'targets';
  const { version } = notary.parse(kind, name, bytes, repository.env()).content;
  repository.store(name, bytes, parseVersion(version, 'version'));
}

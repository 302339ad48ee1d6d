// What can be asked of the service: address, method, who may, and what is done. Answers are facts; the edge writes them.
import { encodeBase64, type JsonObject, type PublicKey } from '@countersign/core';
import type { Caller, Right } from './caller.ts';
import { ServiceError } from './errors.ts';
import { PolicyError } from './policy/errors.ts';
import { namable, type SignerRole } from './policy/memory.ts';
import type { SignerRepository } from './policy/request.ts';
import { readAdoption, readAsked, readNamedGeneration, readNamedKey, readRepository, readStored } from './read-request.ts';
import { amend, type Signing, sign, takeOver, unstored } from './signing.ts';

export interface Answer {
  readonly body: Readonly<Record<string, unknown>>;
  /** For the audit line. */
  readonly facts: Readonly<Record<string, unknown>>;
}

export interface RouteCall {
  readonly body: Uint8Array;
  readonly query: URLSearchParams;
  readonly signing: Signing;
  /** Says what a request is about once that is known, for the audit line of a refusal. */
  about(facts: Readonly<Record<string, unknown>>): void;
  /** Throws ServiceError(`forbidden`). */
  demand(right: Right): void;
  readonly caller: Caller;
}

export interface Route {
  readonly method: 'GET' | 'POST';
  readonly handler: (call: RouteCall) => Promise<Answer>;
}

const MOST_LISTED = 1000;

export const ROUTES: ReadonlyMap<string, Route> = new Map<string, Route>([
  ['/v1/sign', { method: 'POST', handler: signRoute }],
  ['/v1/keys', { method: 'GET', handler: listRoute }],
  ['/v1/keys/create', { method: 'POST', handler: createRoute }],
  ['/v1/keys/rotate', { method: 'POST', handler: rotateRoute }],
  ['/v1/keys/retire', { method: 'POST', handler: retireRoute }],
  ['/v1/keys/namable', { method: 'POST', handler: namableRoute }],
  ['/v1/repositories/unstored', { method: 'POST', handler: unstoredRoute }],
  ['/v1/repositories/adopt', { method: 'POST', handler: adoptRoute }],
  ['/v1/repositories/release', { method: 'POST', handler: releaseRoute }],
]);

async function signRoute({ body, signing, about }: RouteCall): Promise<Answer> {
  const asked = readAsked(body);
  const facts = { ...asked.repository, role: asked.role, generation: asked.generation };
  about(facts);
  const { key, signature, again } = await sign(asked, signing);
  return { body: { keyid: key.keyid, scheme: key.scheme, signature: encodeBase64(signature), again }, facts: { ...facts, again } };
}

/** The key that a root names first, or names now. It is computed: nothing is stored for a name that nobody publishes to. */
async function createRoute({ body, signing, about }: RouteCall): Promise<Answer> {
  const { repository, role } = readNamedKey(body);
  about({ ...repository, role });
  const [generation = 1] = namable(signing.store.of(repository), role);
  return keyAnswer(signing, repository, role, generation);
}

/** The key that the next root may name. It comes into force with the first publish whose root names it. */
async function rotateRoute({ body, signing, about }: RouteCall): Promise<Answer> {
  const { repository, role } = readNamedKey(body);
  about({ ...repository, role });
  const generations = namable(signing.store.of(repository), role);
  return keyAnswer(signing, repository, role, generations[generations.length - 1] ?? 1);
}

/** The keys that the next root may name, for both roles: those in force first, then the next. */
async function namableRoute({ body, signing, about }: RouteCall): Promise<Answer> {
  const repository = readRepository(body);
  about({ ...repository });
  const memory = signing.store.of(repository);
  const of = (role: SignerRole) =>
    namable(memory, role).map((generation) => ({ generation, key: spelled(signing.keyring.signer(repository, role, generation).key) }));
  return { body: { timestamp: of('timestamp'), snapshot: of('snapshot') }, facts: { ...repository } };
}

/** What the last snapshot was made of, for a trust server that has stored another one: it lost an answer, or died before its commit. */
async function unstoredRoute({ body, signing, about }: RouteCall): Promise<Answer> {
  const { repository, snapshot } = readStored(body);
  about({ ...repository });
  const lost = await unstored(repository, snapshot, signing);
  const facts = { ...repository, unstored: lost !== undefined };
  if (lost === undefined) return { body: { unstored: false }, facts };
  const upload = Object.fromEntries([...lost.upload].map(([role, bytes]) => [role, encodeBase64(bytes)]));
  return { body: { unstored: true, note: lost.note, upload }, facts };
}

/** A key that has been replaced signs nothing again. One in force stops its repository until a root names the next. */
async function retireRoute({ body, signing, about, demand }: RouteCall): Promise<Answer> {
  const { repository, role, generation } = readNamedGeneration(body);
  const facts = { ...repository, role, generation };
  about(facts);
  const current = signing.store.of(repository).generations[role] ?? 1;
  if (generation > current + 1)
    throw new PolicyError('wrong-key', `generation ${generation} of ${role} is not one that there could be yet`);
  if (generation >= current) demand('administer');
  await amend(repository, signing, (memory) => {
    const retired = [...new Set([...memory.retired[role], generation])].sort((one, other) => one - other);
    return { ...memory, retired: { ...memory.retired, [role]: retired } };
  });
  return { body: { retired: generation }, facts };
}

/** A name whose owner was lost may begin anew: an administrator's decision, because whoever publishes next is believed. */
async function releaseRoute({ body, signing, about, demand }: RouteCall): Promise<Answer> {
  const repository = readRepository(body);
  about({ ...repository });
  demand('administer');
  if (signing.store.of(repository).files.size === 0) throw new ServiceError('not-found', `nothing was signed for ${repository.gun}`);
  await amend(repository, signing, (memory) => ({ ...memory, released: true }));
  return { body: { released: repository.gun }, facts: { ...repository } };
}

/** One that was published before this service held its keys. It signs for it from the first root on that names them. */
async function adoptRoute({ body, signing, about, demand }: RouteCall): Promise<Answer> {
  demand('administer');
  const { repository, files } = readAdoption(body);
  about({ ...repository });
  await takeOver(repository, files, signing);
  return { body: { adopted: repository.gun, files: files.size }, facts: { ...repository, files: files.size } };
}

async function listRoute({ query, signing }: RouteCall): Promise<Answer> {
  const after = query.get('after') ?? '';
  const found = await signing.store.repositories(after, MOST_LISTED);
  const keys = found.map(({ name, repository }) => {
    const memory = signing.store.of(repository);
    const of = (role: SignerRole) => ({
      generation: memory.generations[role],
      retired: memory.retired[role],
      signed: memory.signed[role]?.version,
    });
    return { name, ...repository, timestamp: of('timestamp'), snapshot: of('snapshot'), released: memory.released };
  });
  const next = found.length === MOST_LISTED ? { next: found[found.length - 1]?.name } : {};
  return { body: { keys, ...next }, facts: { listed: found.length } };
}

function keyAnswer({ keyring }: Signing, repository: SignerRepository, role: SignerRole, generation: number): Answer {
  const { key } = keyring.signer(repository, role, generation);
  return { body: { generation, key: spelled(key) }, facts: { ...repository, role, generation } };
}

const spelled = ({ keyid, fingerprint, scheme, object }: PublicKey) => ({ keyid, fingerprint, scheme, object: plain(object) });

/** A key object as JSON: text, and objects of text. */
const plain = (object: JsonObject): Readonly<Record<string, unknown>> =>
  Object.fromEntries([...object].map(([name, value]) => [name, value instanceof Map ? plain(value) : value]));

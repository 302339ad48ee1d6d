// A repository as teams have it, in a real server: thresholds of people, delegations below delegations, and keys that were replaced. The
// server signs snapshots and timestamps with its own keys; the people's files come from a simulator and are uploaded.
import { createHash, randomBytes } from 'node:crypto';
import {
  draftFirstRoot,
  draftFirstTargets,
  draftNextRoot,
  encodeUtf8,
  expiryAfter,
  fileEntry,
  isJsonObject,
  type JsonObject,
  type JsonValue,
  jsonObject,
  memberObject,
  memberString,
  type PublicKey,
  parseDigest,
  parseVersion,
  RELEASES,
  ROOT,
  readJson,
  type Sealed,
  type Signer,
  TARGETS,
  tuf,
} from '@countersign/core';
import { generateSigner } from '@countersign/signers';
import { delegate, firstFile, roleName, Simulator, withMember } from '@countersign/testkit';

const YEAR = 365 * 86_400_000;

/** Any 64 hex digits: what is signed is a digest, and nobody fetches the file. */
export const digestOfName = (name: string): string => Buffer.from(name.padEnd(32, '.')).toString('hex').slice(0, 64);

export interface Teams {
  readonly repository: Simulator;
  /** Below it lies `timestamp.json`. */
  readonly base: string;
  upload(...files: readonly Sealed[]): Promise<void>;
  /** The next version of a role with these names in it. */
  signed(role: string, names: readonly string[]): Promise<Sealed>;
  /** New holders for a top-level role; of the server's roles, its next keys. */
  rotated(role: 'root' | 'targets' | 'timestamp' | 'snapshot', threshold: number): Promise<readonly Sealed[]>;
}

/** Mixed kinds, so that every reader verifies both. */
const people = (count: number): readonly Signer[] =>
  Array.from({ length: count }, (_, index) => generateSigner(index % 2 === 0 ? 'ed25519' : 'ecdsa-p256'));

/** An empty repository: root and targets held by two of three, `releases` by one. */
export async function startTeams(server: string, gun: string): Promise<Teams> {
  const base = `${server.replace(/\/$/, '')}/v2/${gun}/_trust/metadata`;
  const held: [string, readonly Signer[]][] = [];
  for (const role of ['timestamp', 'snapshot']) held.push([role, [await serverSigner(`${base}/${role}.key`, 'GET')]]);
  held.push(['root', people(3)], ['targets', people(3)], ['releases', people(1)]);
  const repository = new Simulator({ gun, repository: randomBytes(16).toString('hex'), now: Date.now(), keys: new Map(held) });
  const env = repository.env();
  const set = (role: string, threshold: number) => ({ keys: repository.signersOf(role).map(({ key }) => key), threshold });
  const version = parseVersion(1, 'version');
  const expires = expiryAfter(env.now, YEAR);
  const roles = { root: set('root', 2), targets: set('targets', 2), timestamp: set('timestamp', 1), snapshot: set('snapshot', 1) };
  const { binding } = repository;
  const delegations = [{ name: RELEASES, keys: set('releases', 1), paths: ['*'], terminating: false }];

  const upload = async (...files: readonly Sealed[]): Promise<void> => {
    const form = new FormData();
    for (const { name, bytes } of files) form.append('files', new Blob([Uint8Array.from(bytes)]), name);
    const answer = await fetch(`${base}/`, { method: 'POST', body: form });
    if (!answer.ok)
      throw new Error(`the server refused ${files.map(({ name }) => name).join(', ')}: ${answer.status} ${await answer.text()}`);
  };
  const signed = (role: string, names: readonly string[]): Promise<Sealed> => {
    return repository.next('targets', roleName(role), { targets: entriesFor(names) });
  };
  const rotated = async (role: 'root' | 'targets' | 'timestamp' | 'snapshot', threshold: number): Promise<readonly Sealed[]> => {
    const before = repository.signersOf('root');
    const isServers = role === 'timestamp' || role === 'snapshot';
    repository.keys.set(role, isServers ? [await serverSigner(`${base}/${role}.key`, 'POST')] : people(3));
    const draft = draftNextRoot(repository.current('root', ROOT), { [role]: set(role, threshold) }, expires, env);
    const root = await repository.seal(draft, { signers: [...new Set([...before, ...repository.signersOf('root')])] });
    return role === 'targets' ? [root, await repository.next('targets', TARGETS, {})] : [root];
  };

  const { repository: id } = binding;
  await upload(
    await repository.seal(draftFirstRoot({ version, repository: id, names: [repository.gun], roles, expires }, env)),
    await repository.seal(draftFirstTargets({ name: TARGETS, version, expires, binding, delegations }, env)),
    await repository.seal(draftFirstTargets({ name: RELEASES, version, expires, binding, delegations: [] }, env)),
  );
  return { repository, base, upload, signed, rotated };
}

/** A team below `from`, and its first file. */
export async function withTeam(
  { repository }: Teams,
  from: string,
  name: string,
  { paths, of, threshold }: { readonly paths: readonly string[]; readonly of: number; readonly threshold: number },
): Promise<readonly Sealed[]> {
  const isNew = !repository.newest.has(roleName(name));
  const delegating = await delegate(repository, from, name, { paths, signers: people(of), threshold });
  return [delegating, isNew ? await firstFile(repository, name) : await repository.next('targets', roleName(name), {})];
}

/** All names of a role move into hash bins below it (TAP 15), 2^`bits` of them, held by two of three. */
export async function withBins(
  { repository }: Teams,
  role: string,
  prefix: string,
  bits: number,
  names: readonly string[],
): Promise<readonly Sealed[]> {
  const signers = people(3);
  const keys = new Map(signers.map(({ key }) => [key.keyid, key.object]));
  const held = { keyids: signers.map(({ key }) => key.keyid), threshold: 2, bit_length: bits, name_prefix: prefix };
  const delegations = jsonObject({ keys, succinct_roles: jsonObject(held) });
  const files = [await repository.next('targets', roleName(role), { targets: new Map(), delegations })];
  for (let bin = 0; bin < 2 ** bits; bin++) {
    const name = `${prefix}-${bin.toString(16).padStart(Math.ceil(bits / 4), '0')}`;
    const inside = names.filter((path) => createHash('sha256').update(path).digest().readUInt32BE() >>> (32 - bits) === bin);
    repository.keys.set(name, signers);
    files.push(await firstFile(repository, name, { bend: withMember(['targets'], entriesFor(inside)) }));
  }
  return files;
}

function entriesFor(names: readonly string[]): ReadonlyMap<string, JsonValue> {
  const digest = (name: string) => parseDigest(`sha256:${digestOfName(name)}`);
  return new Map(names.map((name) => [name, tuf.entry(fileEntry({ digest: digest(name), length: 7 }))]));
}

/** The server's key under the name of a signer: it signs for itself. */
async function serverSigner(url: string, method: 'GET' | 'POST'): Promise<Signer> {
  const answer = await fetch(url, { method });
  const { value } = readJson(encodeUtf8(await answer.text()), { maxDepth: 4 });
  if (!answer.ok || !isJsonObject(value)) throw new Error(`${url}: ${answer.status}`);
  const { crypto } = new Simulator({}).env();
  const sign = async (): Promise<never> => {
    throw new Error('only the server signs with its keys');
  };
  return { key: publicKeyIn(value, crypto), sign };
}

function publicKeyIn(object: JsonObject, crypto: ReturnType<Simulator['env']>['crypto']): PublicKey {
  const scheme = memberString(object, 'scheme', 'key');
  const opened = crypto.openKey({
    keytype: memberString(object, 'keytype', 'key'),
    scheme,
    public: memberString(memberObject(object, 'keyval', 'key'), 'public', 'key'),
  });
  if (opened.status !== 'ready') throw new Error('the server has no usable key');
  return { keyid: tuf.keyId(object, crypto), fingerprint: opened.key.fingerprint, scheme, object };
}

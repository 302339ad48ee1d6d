// Repositories and their publishes, signed ahead of time: while a server is measured, nobody signs but it.
import { randomBytes } from 'node:crypto';
import {
  type Binding,
  type Draft,
  draftEntries,
  draftFirstRoot,
  draftFirstTargets,
  type Env,
  expiryAfter,
  type Gun,
  type Instant,
  imageEntry,
  isJsonObject,
  keyIdOf,
  newSignature,
  type PublicKey,
  parseGun,
  parseRepositoryId,
  parseVersion,
  RELEASES,
  ROOT,
  type RoleName,
  readJson,
  type Signer,
  STANDARD_LIMITS,
  seal,
  TARGETS,
  tuf,
} from '@countersign/core';
import { nativeCryptography } from '@countersign/crypto-native';
import { generateSigner } from '@countersign/signers';
import { MEDIA_TYPE } from '../flat.ts';
import { SOME_DIGEST } from '../published.ts';

export type Files = ReadonlyMap<RoleName, Uint8Array>;

export interface Prepared {
  readonly gun: Gun;
  /** What begins the repository, and then one publish after the other. */
  readonly uploads: readonly Files[];
}

/** What a repository of many projects has: a handful of versions and a few names that move. */
export const TAGS = 10;
const YEAR = 365 * 86_400_000;
const crypto = nativeCryptography();

/** A first publish, and then `count` that each move one of `TAGS` tags. `server` is asked for the keys that its root names. */
export async function prepare(server: string, name: string, count: number): Promise<Prepared> {
  const gun = parseGun(name);
  const signer = generateSigner('ed25519');
  const env: Env = { now: Date.now() as Instant, limits: STANDARD_LIMITS, crypto, dialect: tuf };
  const binding: Binding = { repository: parseRepositoryId(randomBytes(16).toString('hex')) };
  const own = { keys: [signer.key], threshold: 1 };
  const held = async (role: string) => ({ keys: [await serverKey(server, gun, role)], threshold: 1 });
  const roles = { root: own, targets: own, snapshot: await held('snapshot'), timestamp: await held('timestamp') };
  const file = { version: parseVersion(1, 'version'), expires: expiryAfter(env.now, YEAR) };
  const delegation = { name: RELEASES, keys: own, paths: ['*', '.revoked/*'], terminating: false };
  const delegations = [delegation];
  let releases = await signed(draftFirstTargets({ name: RELEASES, ...file, binding, delegations: [] }, env), signer, env);
  const uploads: Files[] = [
    new Map([
      [ROOT, await signed(draftFirstRoot({ ...file, repository: binding.repository, names: [gun], roles }, env), signer, env)],
      [TARGETS, await signed(draftFirstTargets({ name: TARGETS, ...file, binding, delegations }, env), signer, env)],
      [RELEASES, releases],
    ]),
  ];
  for (let turn = 0; turn < count; turn += 1) {
    const before = env.dialect.parse('targets', RELEASES, releases, env);
    const entries = new Map(moved(turn).map((tag) => [tag, imageEntry({ digest: SOME_DIGEST, length: turn, mediaType: MEDIA_TYPE })]));
    releases = await signed(draftEntries(before, entries, file.expires, env), signer, env);
    uploads.push(new Map([[RELEASES, releases]]));
  }
  return { gun, uploads };
}

/** The first of them brings all tags, so that every measured one is as large as the others. */
const moved = (turn: number): readonly string[] => (turn === 0 ? Array.from({ length: TAGS }, (_, tag) => `v${tag}`) : [`v${turn % TAGS}`]);

async function signed(draft: Draft, signer: Signer, env: Env): Promise<Uint8Array> {
  return seal(draft, [newSignature(signer.key, await signer.sign(draft.message))], env).bytes;
}

/** The key that a root must name for a role which the server signs. */
async function serverKey(server: string, gun: Gun, role: string): Promise<PublicKey> {
  const answer = await fetch(`${server.replace(/\/$/, '')}/v2/${gun}/_trust/metadata/${role}.key`);
  const object = readJson(new Uint8Array(await answer.arrayBuffer()), { maxDepth: 4 }).value;
  const keyval = isJsonObject(object) ? object.get('keyval') : undefined;
  const opened = crypto.openKey({
    keytype: 'ed25519',
    scheme: 'ed25519',
    public: String(isJsonObject(keyval) ? keyval.get('public') : undefined),
  });
  if (!isJsonObject(object) || opened.status !== 'ready') throw new Error(`${role}: no key of the server, ${answer.status}`);
  return { keyid: keyIdOf(crypto, object), fingerprint: opened.key.fingerprint, scheme: 'ed25519', object };
}

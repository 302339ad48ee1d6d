// What attackers of the tour do with what they hold: a registry, the network, or the whole trust server.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  draftEntries,
  draftSnapshot,
  draftTimestamp,
  type Env,
  expiryAfter,
  type Gun,
  type Instant,
  imageEntry,
  metaOf,
  newSignature,
  parseDigest,
  parseVersion,
  RELEASES,
  ROOT,
  type RoleKind,
  type RoleName,
  type Signer,
  SNAPSHOT,
  STANDARD_LIMITS,
  seal,
  TIMESTAMP,
  tuf,
} from '@countersign/core';
import { nativeCryptography } from '@countersign/crypto-native';
import { deriveServerSigner, generateSigner } from '@countersign/signers';
import type { Meddle } from './wire.ts';

const DAY = 86_400_000;

/**
 * Somebody took the whole trust server, its master key with it, and signs a release with a key of their own. Snapshot and
 * timestamp are in perfect order: they are the server's to sign. Only the publisher's signature is not.
 */
export async function strangersRelease(server: string, data: string, gun: Gun, digest: string): Promise<Meddle> {
  const env: Env = { now: Date.now() as Instant, limits: STANDARD_LIMITS, crypto: nativeCryptography(), dialect: tuf };
  const base = `${server}/v2/${gun}/_trust/metadata/`;
  const get = async <Kind extends RoleKind>(kind: Kind, name: RoleName) => {
    const answer = await fetch(`${base}${name}.json`);
    return tuf.parse(kind, name, new Uint8Array(await answer.arrayBuffer()), env);
  };
  const root = await get('root', ROOT);
  const master = Buffer.from((await readFile(join(data, 'master.key'), 'utf8')).trim(), 'hex');
  const online = (role: 'snapshot' | 'timestamp'): Signer => deriveServerSigner(master, { gun, dialect: 'tuf', role, generation: 1 });
  const sign = async (signer: Signer, draft: { readonly message: Uint8Array }) => [
    newSignature(signer.key, await signer.sign(draft.message)),
  ];

  const lie = imageEntry({ digest: parseDigest(digest), length: 1, mediaType: 'application/vnd.oci.image.index.v1+json' });
  const releases = draftEntries(await get('targets', RELEASES), new Map([['v1', lie]]), expiryAfter(env.now, DAY), env);
  const forged = seal(releases, await sign(generateSigner('ed25519'), releases), env);
  const previous = { file: await get('snapshot', SNAPSHOT), version: undefined };
  const snapshot = draftSnapshot(previous, new Map([[RELEASES, metaOf(forged)]]), root, expiryAfter(env.now, DAY), env);
  const sealed = seal(snapshot, await sign(online('snapshot'), snapshot), env);
  const before = await get('timestamp', TIMESTAMP);
  const version = parseVersion(before.content.version + 1, 'version');
  const timestamp = draftTimestamp(version, sealed, before.content.binding?.record, root, expiryAfter(env.now, DAY), env);
  const fresh = seal(timestamp, await sign(online('timestamp'), timestamp), env);
  const files = new Map([
    ['timestamp.json', fresh.bytes],
    [`${sealed.version}.snapshot.json`, sealed.bytes],
    [`${forged.version}.releases.json`, forged.bytes],
  ]);
  return (path) => {
    const body = files.get(path.slice(path.lastIndexOf('/') + 1));
    return body && { status: 200, body };
  };
}

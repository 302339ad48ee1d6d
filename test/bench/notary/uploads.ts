// A repository of Notary as its publisher has it, and its uploads made ahead of time: while a server is measured, nobody signs but it.
import { createHash } from 'node:crypto';
import {
  decodeBase64,
  ed25519Spki,
  encodeHex,
  fingerprintOf,
  type JsonObject,
  jsonObject,
  ROOT,
  type RoleName,
  type Signer,
  SNAPSHOT,
  spellNotaryKey,
  TARGETS,
} from '@countersign/core';
import { nativeCryptography } from '@countersign/crypto-native';
import { NotaryRepository } from '@countersign/testkit';
import type { Sender } from './sender.ts';

export type Upload = ReadonlyMap<RoleName, Uint8Array>;
export type SnapshotHolder = 'server' | 'publisher';

/** With two hashes each, as `notary add` writes them, they are a targets file of 26 KB. */
export const TAGS = 100;

const crypto = nativeCryptography();

/** A first publish with `TAGS` tags, and then `count` publishes that each move one of them. */
export async function makeUploads(sender: Sender, gun: string, snapshot: SnapshotHolder, count: number): Promise<readonly Upload[]> {
  const repository = await NotaryRepository.create({ gun, now: Date.now(), snapshot });
  for (const role of snapshot === 'server' ? ['timestamp', 'snapshot'] : ['timestamp'])
    repository.signers.set(role, [await serverKey(sender, gun, role)]);
  const tags = new Map<string, JsonObject>();
  for (let tag = 0; tag < TAGS; tag += 1) tags.set(`v${tag}`, entry(`first ${tag}`));
  const uploads: Upload[] = [];
  const publish = async (parts: Map<RoleName, Uint8Array>): Promise<void> => {
    parts.set(TARGETS, await repository.targets(TARGETS, { targets: jsonObject(Object.fromEntries(tags)) }));
    if (snapshot === 'publisher') parts.set(SNAPSHOT, await repository.snapshot(parts));
    uploads.push(parts);
    for (const [role, bytes] of parts) repository.store(role, bytes, uploads.length);
  };
  // Of what begins a repository only the root is taken: its targets are to have tags.
  await publish(new Map([[ROOT, (await repository.first()).get(ROOT) ?? new Uint8Array()]]));
  for (let turn = 0; turn < count; turn += 1) {
    tags.set(`v${turn % TAGS}`, entry(`again ${turn}`));
    await publish(new Map());
  }
  return uploads;
}

function entry(content: string): JsonObject {
  const hash = (name: string): string => createHash(name).update(content).digest('base64');
  return jsonObject({ hashes: jsonObject({ sha256: hash('sha256'), sha512: hash('sha512') }), length: content.length });
}

/** The key that a root must name for a role, which only the server signs with. */
async function serverKey(sender: Sender, gun: string, role: string): Promise<Signer> {
  const { keytype, keyval } = JSON.parse((await sender.get(`/v2/${gun}/_trust/tuf/${role}.key`)).toString('utf8'));
  if (keytype !== 'ed25519') throw new Error(`${role}: wanted an ed25519 key, got ${keytype}`);
  const material = decodeBase64(keyval.public);
  const spelled = spellNotaryKey({ keytype, scheme: keytype, public: encodeHex(material) }, crypto);
  const key = { ...spelled, scheme: keytype, fingerprint: fingerprintOf(crypto, ed25519Spki(material)) };
  return { key, sign: () => Promise.reject(new Error(`${role}: the server signs`)) };
}

// The files of a small repository of Notary, with every key, certificate and signature spelled by core.
import { createHash, createPublicKey, randomBytes, sign } from 'node:crypto';
import {
  CERTIFICATE_LIFE,
  type CertificateSignature,
  draftCertificate,
  type Instant,
  isJsonObject,
  type NotaryKey,
  notary,
  readJson,
  sealCertificate,
  spellCertificateKey,
  spellNotaryKey,
} from '@countersign/core';
import { nativeCryptography } from '@countersign/crypto-native';
import { generateSigner, type LocalSigner } from '@countersign/signers';
import { sha256 } from './hashes.ts';

const crypto = nativeCryptography();
// Clients warn of roots that expire within half a year.
const expires = new Date(Date.now() + 400 * 86_400_000).toISOString();

/** A key of a role, and what signs with it. */
export interface RoleKey extends NotaryKey {
  readonly signer: LocalSigner;
}

/** A bare key. */
export function spelled(signer: LocalSigner): RoleKey {
  const publicKey = createPublicKey(signer.privateKey);
  const { scheme } = signer.key;
  const text =
    scheme === 'ed25519'
      ? publicKey.export({ format: 'der', type: 'spki' }).subarray(-32).toString('hex')
      : publicKey.export({ format: 'pem', type: 'spki' }).toString();
  return { signer, ...spellNotaryKey({ keytype: '', scheme, public: text }, crypto) };
}

/** A root key, in a certificate for `gun` that it signed itself. */
export async function certified(signer: LocalSigner, gun: string, signatureAlgorithm: CertificateSignature): Promise<RoleKey> {
  const now = Date.now();
  const body = draftCertificate({
    gun,
    key: new Uint8Array(createPublicKey(signer.privateKey).export({ format: 'der', type: 'spki' })),
    signatureAlgorithm,
    serial: new Uint8Array(randomBytes(16)),
    notBefore: now as Instant,
    notAfter: (now + CERTIFICATE_LIFE) as Instant,
  });
  // What signs metadata signs with PSS: PKCS#1 needs the bare key.
  const signature = signatureAlgorithm === 'rsa-sha256' ? new Uint8Array(sign('sha256', body, signer.privateKey)) : await signer.sign(body);
  return { signer, ...spellCertificateKey(sealCertificate(body, signature), crypto) };
}

async function fileOf(words: unknown, ...keys: readonly RoleKey[]): Promise<Uint8Array> {
  const { value } = readJson(Buffer.from(JSON.stringify(words)), { maxDepth: 16 });
  if (!isJsonObject(value)) throw new Error('wanted an object');
  const message = notary.canonical(value);
  const signatures = keys.map(async ({ keyid, signer }) => ({ keyid, scheme: signer.key.scheme, bytes: await signer.sign(message) }));
  return notary.file(value, await Promise.all(signatures));
}

const plain = (key: RoleKey): unknown =>
  JSON.parse(JSON.stringify(key.object, (_, value) => (value instanceof Map ? Object.fromEntries(value) : value)));

const hashed = (bytes: Uint8Array) => ({
  hashes: { sha256: createHash('sha256').update(bytes).digest('base64'), sha512: createHash('sha512').update(bytes).digest('base64') },
  length: bytes.length,
});

/** Files of a repository with one entry, by name below its metadata. */
export async function repository(root: RoleKey, targets: RoleKey): Promise<ReadonlyMap<string, Uint8Array>> {
  const [snapshot, timestamp] = [spelled(generateSigner('ecdsa-p256')), spelled(generateSigner('ed25519'))];
  const roles = { root, targets, snapshot, timestamp };
  const role = (key: RoleKey) => ({ keyids: [key.keyid], threshold: 1 });
  const members = Object.entries(roles);
  const rootFile = await fileOf(
    {
      _type: 'Root',
      consistent_snapshot: false,
      expires,
      keys: Object.fromEntries(members.map(([, key]) => [key.keyid, plain(key)])),
      roles: Object.fromEntries(members.map(([name, key]) => [name, role(key)])),
      version: 1,
    },
    root,
  );
  const entry = { hashes: { sha256: Buffer.from(sha256('one'), 'hex').toString('base64') }, length: 3 };
  const targetsFile = await fileOf(
    { _type: 'Targets', delegations: { keys: {}, roles: [] }, expires, targets: { v1: entry }, version: 1 },
    targets,
  );
  const meta = { root: hashed(rootFile), targets: hashed(targetsFile) };
  const snapshotFile = await fileOf({ _type: 'Snapshot', expires, meta, version: 1 }, snapshot);
  const timestampFile = await fileOf({ _type: 'Timestamp', expires, meta: { snapshot: hashed(snapshotFile) }, version: 1 }, timestamp);
  const files = { root: rootFile, targets: targetsFile, snapshot: snapshotFile, timestamp: timestampFile };
  return new Map(
    Object.entries(files).flatMap(([name, bytes]) => [
      [`${name}.json`, bytes],
      [`${name}.${createHash('sha256').update(bytes).digest('hex')}.json`, bytes],
    ]),
  );
}

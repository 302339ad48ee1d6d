// Keys as a repository of Notary v1 names them: bare, or inside a certificate for its name.
import { createPublicKey, randomBytes } from 'node:crypto';
import {
  CERTIFICATE_LIFE,
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

const crypto = nativeCryptography();

/** A key of a role, and what signs with it. */
export interface RoleKey extends NotaryKey {
  readonly signer: LocalSigner;
}

/** A new bare key. */
export function bareKey(kind: 'ecdsa-p256' | 'ed25519' = 'ecdsa-p256'): RoleKey {
  const signer = generateSigner(kind);
  const publicKey = createPublicKey(signer.privateKey);
  const text =
    kind === 'ed25519'
      ? publicKey.export({ format: 'der', type: 'spki' }).subarray(-32).toString('hex')
      : publicKey.export({ format: 'pem', type: 'spki' }).toString();
  return { signer, ...spellNotaryKey({ keytype: '', scheme: signer.key.scheme, public: text }, crypto) };
}

/** A new root key, in a certificate for `name` that it signed itself, good from `now` on. */
export async function rootKey(name: string, now: number): Promise<RoleKey> {
  const signer = generateSigner('ecdsa-p256');
  const body = draftCertificate({
    gun: name,
    key: new Uint8Array(createPublicKey(signer.privateKey).export({ format: 'der', type: 'spki' })),
    signatureAlgorithm: 'ecdsa-sha256',
    serial: new Uint8Array(randomBytes(16)),
    notBefore: now as Instant,
    notAfter: (now + CERTIFICATE_LIFE) as Instant,
  });
  return { signer, ...spellCertificateKey(sealCertificate(body, await signer.sign(body)), crypto) };
}

/** A file of Notary that says `words`, signed by `keys`. */
export async function notaryFile(words: unknown, ...keys: readonly RoleKey[]): Promise<Uint8Array> {
  const { value } = readJson(Buffer.from(JSON.stringify(words)), { maxDepth: 16 });
  if (!isJsonObject(value)) throw new Error('wanted an object');
  const message = notary.canonical(value);
  const signatures = keys.map(async ({ keyid, signer }) => ({ keyid, scheme: signer.key.scheme, bytes: await signer.sign(message) }));
  return notary.file(value, await Promise.all(signatures));
}

/** A key object as plain data. */
export const plainKeyObject = (key: NotaryKey): unknown =>
  JSON.parse(JSON.stringify(key.object, (_, value) => (value instanceof Map ? Object.fromEntries(value) : value)));

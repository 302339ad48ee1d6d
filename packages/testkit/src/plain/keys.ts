// Keys as repositories of other tools hold them: RSA and ECDSA in PEM, Ed25519 in hex, and members of their own.
import { createHash, createPublicKey, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { encodeCanonical } from '@countersign/core';
import { toJson } from './json.ts';

export type PlainKeyKind = 'ed25519/ed25519' | 'ecdsa/ecdsa-sha2-nistp256' | 'rsa/rsassa-pss-sha256';

export interface PlainKey {
  readonly keyid: string;
  /** As `keys` of a root or a delegation holds it. */
  readonly object: Readonly<Record<string, unknown>>;
  /** The signature in hex. */
  sign(message: Uint8Array): string;
}

/** A new key. `more`: further members of the key object, which its key id covers as well. */
export function plainKey(kind: PlainKeyKind = 'ed25519/ed25519', more: Readonly<Record<string, unknown>> = {}): PlainKey {
  const privateKey = privateKeyOf(kind);
  const [keytype, scheme] = kind.split('/');
  const object = { keytype, scheme, keyval: { public: spelled(kind, createPublicKey(privateKey)) }, ...more };
  const keyid = createHash('sha256')
    .update(encodeCanonical(toJson(object)))
    .digest('hex');
  const signing = kind === 'rsa/rsassa-pss-sha256' ? { key: privateKey, padding: 6, saltLength: 32 } : privateKey;
  return { keyid, object, sign: (message) => sign(kind === 'ed25519/ed25519' ? null : 'sha256', message, signing).toString('hex') };
}

function privateKeyOf(kind: PlainKeyKind): KeyObject {
  if (kind === 'ed25519/ed25519') return generateKeyPairSync('ed25519').privateKey;
  if (kind === 'rsa/rsassa-pss-sha256') return generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;
  return generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
}

// The SPKI of an Ed25519 key ends in its 32 bytes.
function spelled(kind: PlainKeyKind, key: KeyObject): string {
  if (kind === 'ed25519/ed25519') return key.export({ type: 'spki', format: 'der' }).subarray(-32).toString('hex');
  return key.export({ type: 'spki', format: 'pem' }).toString();
}

// From a key of node:crypto to the key object of TUF metadata, and back.
import { createHash, createPublicKey, type KeyObject } from 'node:crypto';
import { type Fingerprint, isJsonObject, type JsonObject, jsonObject, type KeyId, type PublicKey } from '@countersign/core';
import { KeyError } from './errors.ts';

/** The two kinds of key that this package makes: TUF 1.0.34 §4.2 schemes `ed25519` and `ecdsa-sha2-nistp256`. */
export type KeyKind = 'ed25519' | 'ecdsa-p256';

// SubjectPublicKeyInfo of Ed25519 (RFC 8410 §4) is this and the 32 bytes of the key.
const ED25519_SPKI = Buffer.from('302a300506032b6570032100', 'hex');

/** Which kind `key` is. Throws KeyError('unsupported') for every other type and curve. */
export function keyKind(key: KeyObject): KeyKind {
  if (key.asymmetricKeyType === 'ed25519') return 'ed25519';
  if (key.asymmetricKeyType === 'ec' && key.asymmetricKeyDetails?.namedCurve === 'prime256v1') return 'ecdsa-p256';
  const got = key.asymmetricKeyDetails?.namedCurve ?? key.asymmetricKeyType ?? key.type;
  throw new KeyError('unsupported', `key is ${got}, wanted ed25519 or ecdsa on P-256`);
}

/** Describes the public half of `key`, private or public. Throws KeyError('unsupported'). */
export function publicKeyOf(key: KeyObject): PublicKey {
  const half = key.type === 'private' ? createPublicKey(key) : key;
  const kind = keyKind(half);
  const der = half.export({ type: 'spki', format: 'der' });
  const object = kind === 'ed25519' ? ed25519Object(der) : ecdsaObject(half);
  return { keyid: keyIdOfObject(object), fingerprint: sha256(der) as Fingerprint, object };
}

const ed25519Object = (der: Buffer): JsonObject =>
  jsonObject({
    keytype: 'ed25519',
    scheme: 'ed25519',
    keyval: jsonObject({ public: der.subarray(ED25519_SPKI.length).toString('hex') }),
  });

const ecdsaObject = (key: KeyObject): JsonObject =>
  jsonObject({ keytype: 'ecdsa', scheme: 'ecdsa-sha2-nistp256', keyval: jsonObject({ public: publicPem(key) }) });

/** SPKI PEM with LF and one final newline, as metadata spells it on every system. */
export const publicPem = (key: KeyObject): string => String(key.export({ type: 'spki', format: 'pem' }));

const sha256 = (bytes: Uint8Array | string): string => createHash('sha256').update(bytes).digest('hex');

function keyIdOfObject(object: JsonObject): KeyId {
  const keyval = object.get('keyval');
  const spelled = isJsonObject(keyval) ? keyval.get('public') : undefined;
  return sha256(`{"keytype":"${object.get('keytype')}","keyval":{"public":"${spelled}"},"scheme":"${object.get('scheme')}"}`) as KeyId;
}

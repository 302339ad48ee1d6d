// From a key of node:crypto to the key object of TUF metadata, and back.
import { createPublicKey, type KeyObject } from 'node:crypto';
import {
  decodeHex,
  ed25519Spki,
  encodeHex,
  fingerprintOf,
  isJsonObject,
  type JsonObject,
  jsonObject,
  keyIdOf,
  type PublicKey,
  portable,
} from '@countersign/core';
import { KeyError } from './errors.ts';

/** The two kinds of key that this package makes: TUF 1.0.34 §4.2 schemes `ed25519` and `ecdsa-sha2-nistp256`. */
export type KeyKind = 'ed25519' | 'ecdsa-p256';

// SubjectPublicKeyInfo of Ed25519 (RFC 8410 §4) ends with the 32 bytes of the key.
const ED25519_KEY_BYTES = 32;

// Only for its digests.
const hashing = portable();

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
  const object =
    kind === 'ed25519'
      ? objectOf('ed25519', 'ed25519', encodeHex(der.subarray(-ED25519_KEY_BYTES)))
      : objectOf('ecdsa', 'ecdsa-sha2-nistp256', spkiPem(half));
  const scheme = String(object.get('scheme'));
  return { keyid: keyIdOf(hashing, object), fingerprint: fingerprintOf(hashing, der), scheme, object };
}

const objectOf = (keytype: string, scheme: string, text: string): JsonObject =>
  jsonObject({ keytype, scheme, keyval: jsonObject({ public: text }) });

/** SPKI PEM with LF and one final newline, as metadata spells it on every system. */
const spkiPem = (key: KeyObject): string => String(key.export({ type: 'spki', format: 'pem' }));

/** A key object of metadata as plain words, in the order in which our files spell them. */
export interface KeyWords {
  readonly keytype: string;
  readonly scheme: string;
  readonly keyval: { readonly public: string };
}

/** The words of `key`, which this package made. */
export function keyWords(key: PublicKey): KeyWords {
  const keyval = key.object.get('keyval');
  const text = isJsonObject(keyval) ? keyval.get('public') : undefined;
  return { keytype: String(key.object.get('keytype')), scheme: String(key.object.get('scheme')), keyval: { public: String(text) } };
}

/** The key of node:crypto that `object` spells. Throws KeyError('unsupported') for other schemes, and for keys that do not open. */
export function nodeKeyOf(object: JsonObject): KeyObject {
  const keyval = object.get('keyval');
  const text = isJsonObject(keyval) ? keyval.get('public') : undefined;
  const scheme = object.get('scheme');
  try {
    if (typeof text === 'string' && scheme === 'ed25519') {
      return createPublicKey({ key: Buffer.from(ed25519Spki(decodeHex(text))), format: 'der', type: 'spki' });
    }
    if (typeof text === 'string' && scheme === 'ecdsa-sha2-nistp256') return createPublicKey({ key: text, format: 'pem' });
  } catch (cause) {
    throw new KeyError('unsupported', 'public key does not open', { cause });
  }
  throw new KeyError('unsupported', 'key scheme is not one of ed25519, ecdsa-sha2-nistp256');
}

/** The public key in SPKI PEM, for other programs. */
export const exportPublicPem = (key: PublicKey): string => spkiPem(nodeKeyOf(key.object));

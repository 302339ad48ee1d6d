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
  type KeyId,
  keyIdOf,
  type PublicKey,
  portable,
  spellNotaryKey,
} from '@countersign/core';
import { KeyError } from './errors.ts';

/** The two kinds of key that this package makes: TUF 1.0.34 §4.2 schemes `ed25519` and `ecdsa-sha2-nistp256`. */
export type KeyKind = 'ed25519' | 'ecdsa-p256';

/** What it signs with besides: RSA keys that somebody has from before, as `rsassa-pss-sha256`. */
export type HeldKind = KeyKind | 'rsa';

// SubjectPublicKeyInfo of Ed25519 (RFC 8410 §4) ends with the 32 bytes of the key.
const ED25519_KEY_BYTES = 32;

// Only for its digests.
const hashing = portable();

// The bounds within which those who verify take RSA keys.
const RSA_BITS = { least: 2048, most: 8192 } as const;

/** Which kind `key` is. Throws KeyError('unsupported') for every other type, curve and length. */
export function keyKind(key: KeyObject): HeldKind {
  if (key.asymmetricKeyType === 'ed25519') return 'ed25519';
  if (key.asymmetricKeyType === 'ec' && key.asymmetricKeyDetails?.namedCurve === 'prime256v1') return 'ecdsa-p256';
  if (key.asymmetricKeyType === 'rsa') return rsaKind(key);
  const got = key.asymmetricKeyDetails?.namedCurve ?? key.asymmetricKeyType ?? key.type;
  throw new KeyError('unsupported', `key is ${got}, wanted ed25519, ecdsa on P-256, or rsa`);
}

/** What others refuse to verify must not be signed with: nobody would find out before the metadata is read. */
function rsaKind(key: KeyObject): 'rsa' {
  const { modulusLength = 0, publicExponent = 0n } = key.asymmetricKeyDetails ?? {};
  if (modulusLength < RSA_BITS.least || modulusLength > RSA_BITS.most) {
    throw new KeyError('unsupported', `key is rsa of ${modulusLength} bits, wanted ${RSA_BITS.least} to ${RSA_BITS.most}`);
  }
  if (publicExponent < 3n || publicExponent % 2n === 0n || publicExponent >> 64n !== 0n) {
    throw new KeyError('unsupported', 'key is rsa with an exponent that is even, below 3, or longer than 64 bits');
  }
  return 'rsa';
}

/** Describes the public half of `key`, private or public. Throws KeyError('unsupported'). */
export function publicKeyOf(key: KeyObject): PublicKey {
  const half = key.type === 'private' ? createPublicKey(key) : key;
  const kind = keyKind(half);
  const der = half.export({ type: 'spki', format: 'der' });
  const object = objectOfKind(kind, half, der);
  const scheme = String(object.get('scheme'));
  return { keyid: keyIdOf(hashing, object), fingerprint: fingerprintOf(hashing, der), scheme, object };
}

function objectOfKind(kind: HeldKind, half: KeyObject, der: Uint8Array): JsonObject {
  if (kind === 'ed25519') return objectOf('ed25519', 'ed25519', encodeHex(der.subarray(-ED25519_KEY_BYTES)));
  return kind === 'rsa' ? objectOf('rsa', 'rsassa-pss-sha256', spkiPem(half)) : objectOf('ecdsa', 'ecdsa-sha2-nistp256', spkiPem(half));
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

/** The id of `key` in the metadata of Notary, bare: what the private keys of its client are named by. */
export function notaryIdOf(key: PublicKey): KeyId {
  const { keytype, scheme, keyval } = keyWords(key);
  return spellNotaryKey({ keytype, scheme, public: keyval.public }, hashing).keyid;
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
    if (typeof text === 'string' && (scheme === 'ecdsa-sha2-nistp256' || scheme === 'rsassa-pss-sha256')) {
      return createPublicKey({ key: text, format: 'pem' });
    }
  } catch (cause) {
    throw new KeyError('unsupported', 'public key does not open', { cause });
  }
  throw new KeyError('unsupported', 'key scheme is not one of ed25519, ecdsa-sha2-nistp256, rsassa-pss-sha256');
}

/** The public key in SPKI PEM, for other programs. */
export const exportPublicPem = (key: PublicKey): string => spkiPem(nodeKeyOf(key.object));

// Public keys as SubjectPublicKeyInfo (RFC 5280 §4.1.2.7): which kind they are, and the bytes of one that metadata spells otherwise. A
// key of Notary is named by the hash of these bytes, so each key has one form here, and any other is refused.
import { decodeBase64 } from '../../bytes/base64.ts';
import { decodeHex, encodeHex } from '../../bytes/hex.ts';
import { ed25519Spki } from '../../crypto/ed25519-keys.ts';
import type { KeySpelling } from '../../crypto/port.ts';
import { FormatError } from '../../errors.ts';
import { DER, derChildren, expectDer, readDer } from './der.ts';

/** The kinds of key that Notary knows, as it calls them. */
export type NotaryKeyKind = 'ecdsa' | 'rsa' | 'ed25519';

// What stands before the point of a P-256 key that is not compressed (RFC 5480 §2), and before the bytes of an Ed25519 key (RFC 8410 §4).
const P256_START = '3059301306072a8648ce3d020106082a8648ce3d03010703420004';
const ED25519_START = '302a300506032b6570032100';
// rsaEncryption with its NULL (RFC 3279 §2.3.1).
const RSA_ALGORITHM = '300d06092a864886f70d0101010500';

/** Notary's clients and servers take no shorter key. */
const SMALLEST_RSA = 2048;

/** Throws FormatError `malformed` for any other kind, curve or form, and for RSA keys that are too short. */
export function keyKindOf(spki: Uint8Array): NotaryKeyKind {
  const text = encodeHex(spki);
  if (text.startsWith(P256_START) && spki.length === 91) return 'ecdsa';
  if (text.startsWith(ED25519_START) && spki.length === 44) return 'ed25519';
  const [algorithm, bits] = derChildren(expectDer(readDer(spki), DER.sequence, 'a public key'));
  if (algorithm === undefined || encodeHex(algorithm.whole) !== RSA_ALGORITHM) {
    throw new FormatError('malformed', 'public key: wanted ecdsa on P-256 with a whole point, rsa or ed25519');
  }
  const length = modulusBits(expectDer(bits, DER.bitString, 'the bits of a public key').content);
  if (length < SMALLEST_RSA) throw new FormatError('malformed', `public key: wanted rsa of ${SMALLEST_RSA} bits or more, got ${length}`);
  return 'rsa';
}

/** The SubjectPublicKeyInfo of a key as the cryptography port takes it. Throws FormatError `malformed`. */
export function spkiOf({ scheme, public: text }: KeySpelling): Uint8Array {
  const spki = scheme === 'ed25519' ? ed25519Spki(decodeHex(text)) : bytesOfPem(text);
  const kind = keyKindOf(spki);
  if (scheme !== SCHEMES[kind]) throw new FormatError('malformed', `public key: wanted the scheme ${SCHEMES[kind]} for a key of ${kind}`);
  return spki;
}

const SCHEMES: Readonly<Record<NotaryKeyKind, string>> = {
  ecdsa: 'ecdsa-sha2-nistp256',
  rsa: 'rsassa-pss-sha256',
  ed25519: 'ed25519',
};

const PEM = /^-----BEGIN PUBLIC KEY-----\r?\n((?:[A-Za-z0-9+/=]+\r?\n)+)-----END PUBLIC KEY-----(?:\r?\n)?$/;

function bytesOfPem(text: string): Uint8Array {
  const body = PEM.exec(text)?.[1];
  if (body === undefined) throw new FormatError('malformed', 'public key: wanted one block of PEM and nothing beside it');
  return decodeBase64(body.replace(/[\r\n]/g, ''));
}

/** RFC 8017 §A.1.1: the modulus is the first number of the key. */
function modulusBits(bits: Uint8Array): number {
  const [modulus] = derChildren(expectDer(readDer(bits.subarray(1)), DER.sequence, 'an rsa key'));
  const digits = encodeHex(expectDer(modulus, DER.integer, 'a modulus').content).replace(/^(?:00)+/, '');
  return digits === '' ? 0 : BigInt(`0x${digits}`).toString(2).length;
}

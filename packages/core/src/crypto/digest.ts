// Digests as names. A digest comes from bytes that were hashed here; a header or a field that claims one is only text.
import { encodeHex } from '../bytes/hex.ts';
import type { Digest, Fingerprint } from '../names/brand.ts';
import { parseDigest, parseFingerprint } from '../names/digest.ts';
import type { Cryptography } from './port.ts';

const sha256Hex = (crypto: Cryptography, bytes: Uint8Array): string => encodeHex(crypto.digest('sha256', bytes));

/** The digest of `bytes`, computed here and now. */
export function digestOf(crypto: Cryptography, bytes: Uint8Array): Digest {
  return parseDigest(`sha256:${sha256Hex(crypto, bytes)}`);
}

/** The fingerprint of a key, from its SPKI DER. The encoding must be the one normal form of the key. */
export function fingerprintOf(crypto: Cryptography, spki: Uint8Array): Fingerprint {
  return parseFingerprint(sha256Hex(crypto, spki));
}

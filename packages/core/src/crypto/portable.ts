// Cryptography in plain JavaScript: Ed25519 and the digests, for browsers and for whoever has nothing else. The only file
// that imports noble. Other key types are unsupported here: they count zero, and are reported.
import { hashes, Point, verify as verifyStrictly } from '@noble/ed25519';
import { sha256, sha512 } from '@noble/hashes/sha2.js';
import { concatBytes, equalBytes } from '../bytes/bytes.ts';
import { decodeHex, isHex } from '../bytes/hex.ts';
import { fingerprintOf } from './digest.ts';
import { ed25519KeyFlaw, ed25519KeyObjection, ed25519Spki } from './ed25519-keys.ts';
import type { Cryptography, HashAlgorithm, KeySpelling, OpenedKey } from './port.ts';

hashes.sha512 = sha512;

const ORDER = Point.CURVE().n;
const DIGESTS = { sha256, sha512 };

/** Ed25519 by @noble/ed25519 and digests by @noble/hashes. */
export function portable(): Cryptography {
  return PORTABLE;
}

const PORTABLE: Cryptography = {
  name: 'portable',
  digest: (algorithm: HashAlgorithm, bytes: Uint8Array): Uint8Array => DIGESTS[algorithm](bytes),
  openKey: openEd25519,
};

function openEd25519(spelling: KeySpelling): OpenedKey {
  if (spelling.keytype !== 'ed25519' || spelling.scheme !== 'ed25519') return { status: 'unsupported' };
  if (!isHex(spelling.public, 64)) return { status: 'unusable', reason: 'wanted an ed25519 key of 64 lower-case hex digits' };
  const publicKey = decodeHex(spelling.public);
  const reason = ed25519KeyObjection(publicKey);
  if (reason !== undefined) return { status: 'unusable', reason };
  const fingerprint = fingerprintOf(PORTABLE, ed25519Spki(publicKey));
  const verify = (message: Uint8Array, signature: Uint8Array): boolean => verifyEd25519(publicKey, message, signature);
  return { status: 'ready', key: { fingerprint, verify, flaw: () => ed25519KeyFlaw(publicKey) } };
}

function verifyEd25519(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean {
  if (signature.length !== 64) return false;
  // `zip215: false`: the default of noble accepts signatures that no other TUF client accepts.
  return verifyStrictly(signature, message, publicKey, { zip215: false }) && isCofactorless(publicKey, message, signature);
}

/**
 * Whether S·B - k·A is R itself, not only up to a point of small order. Strict noble multiplies the difference by the
 * cofactor 8 and so accepts two kinds of signatures that OpenSSL, Go and libsodium refuse.
 */
function isCofactorless(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean {
  const r = signature.subarray(0, 32);
  const s = littleEndian(signature.subarray(32));
  const k = littleEndian(sha512(concatBytes(r, publicKey, message))) % ORDER;
  const expected = Point.BASE.multiply(s, false).subtract(Point.fromBytes(publicKey).multiply(k, false));
  return equalBytes(expected.toBytes(), r);
}

function littleEndian(bytes: Uint8Array): bigint {
  let value = 0n;
  for (let index = bytes.length - 1; index >= 0; index--) value = (value << 8n) | BigInt(bytes[index] ?? 0);
  return value;
}

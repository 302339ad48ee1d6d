// RSASSA-PSS with SHA-256 and a salt of any length, as python-tuf and go-tuf read it.
import { constants, verify } from 'node:crypto';
import type { OpenedKey } from '@countersign/core';
import { fingerprintOfKey, readPem } from './spki.ts';

const SMALLEST = 2048;
// Verifying slows with the cube of the length: a key of 16384 bits in every role would be a weapon.
const LARGEST = 8192;

/** Opens an RSA key in PEM. */
export function openRsa(publicKey: string): OpenedKey {
  const key = readPem(publicKey);
  if (key?.asymmetricKeyType !== 'rsa') return { status: 'unusable', reason: 'wanted an rsa key in pem' };
  const { modulusLength = 0, publicExponent = 0n } = key.asymmetricKeyDetails ?? {};
  if (modulusLength < SMALLEST || modulusLength > LARGEST) {
    return { status: 'unusable', reason: `wanted an rsa key of ${SMALLEST} to ${LARGEST} bits, got ${modulusLength}` };
  }
  // With an exponent of 1 the signature is the padded message itself: anybody can write one.
  // A long one makes verifying as slow as signing; OpenSSL draws the same line, for long keys alone.
  if (publicExponent >> 64n !== 0n) return { status: 'unusable', reason: 'the exponent of the rsa key is longer than 64 bits' };
  if (publicExponent < 3n || publicExponent % 2n === 0n)
    return { status: 'unusable', reason: 'the exponent of the rsa key is not odd and above 1' };
  const options = { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_AUTO };
  return {
    status: 'ready',
    key: { fingerprint: fingerprintOfKey(key), verify: (message, signature) => verify('sha256', message, options, signature) },
  };
}

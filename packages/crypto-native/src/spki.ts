// Public keys of node:crypto: read from PEM in one way, and named by one fingerprint however they were spelled.
import { createHash, createPublicKey, type KeyObject } from 'node:crypto';
import { decodeBase64, type Fingerprint, parseFingerprint } from '@countersign/core';

// One block of SubjectPublicKeyInfo and nothing else. OpenSSL by itself also takes private keys, certificates, and text
// before and after the block.
const PEM = /^-----BEGIN PUBLIC KEY-----\r?\n((?:[A-Za-z0-9+/=]+\r?\n)+)-----END PUBLIC KEY-----(?:\r?\n)?$/;

/** The key in a PEM text, or undefined when it holds none, or anything beside it. */
export function readPem(text: string): KeyObject | undefined {
  const body = PEM.exec(text)?.[1];
  if (body === undefined) return undefined;
  try {
    const der = decodeBase64(body.replace(/\r?\n/g, ''));
    return isOneSequence(der) ? createPublicKey({ key: Buffer.from(der), format: 'der', type: 'spki' }) : undefined;
  } catch {
    // Whatever OpenSSL objects to, there is no key; the port must not throw.
    return undefined;
  }
}

/** Whether `der` is one DER SEQUENCE that ends where the bytes end: OpenSSL ignores what follows it. */
function isOneSequence(der: Uint8Array): boolean {
  const [tag = 0, first = 0, second = 0, third = 0] = der;
  if (tag !== 0x30) return false;
  if (first < 0x80) return der.length === 2 + first;
  if (first === 0x81) return der.length === 3 + second;
  return first === 0x82 && der.length === 4 + second * 256 + third;
}

/**
 * The fingerprint of a P-256 or RSA key. OpenSSL exports a key as it came in, a compressed point as a compressed point; so the
 * numbers of the key are exported and imported once more, or one key would count twice.
 */
export function fingerprintOfKey(key: KeyObject): Fingerprint {
  const normal = createPublicKey({ key: key.export({ format: 'jwk' }), format: 'jwk' });
  return fingerprintOfSpki(normal.export({ format: 'der', type: 'spki' }));
}

/** SHA-256 of the DER of a SubjectPublicKeyInfo in normal form. */
export function fingerprintOfSpki(spki: Uint8Array): Fingerprint {
  return parseFingerprint(createHash('sha256').update(spki).digest('hex'));
}

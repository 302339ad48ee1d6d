// Ed25519 by OpenSSL, which verifies without cofactor and refuses a non-canonical S, but takes keys of small order: those
// are refused before it sees them.
import { createPublicKey, verify } from 'node:crypto';
import { decodeHex, ed25519KeyObjection, ed25519Spki, isHex, type OpenedKey } from '@countersign/core';
import { fingerprintOfSpki } from './spki.ts';

/** Opens 64 lower-case hexadecimal digits. */
export function openEd25519(publicKey: string): OpenedKey {
  if (!isHex(publicKey, 64)) return { status: 'unusable', reason: 'wanted an ed25519 key of 64 lower-case hex digits' };
  const bytes = decodeHex(publicKey);
  const reason = ed25519KeyObjection(bytes);
  if (reason !== undefined) return { status: 'unusable', reason };
  const spki = ed25519Spki(bytes);
  const key = createPublicKey({ key: Buffer.from(spki), format: 'der', type: 'spki' });
  return {
    status: 'ready',
    key: {
      fingerprint: fingerprintOfSpki(spki),
      verify: (message, signature) => signature.length === 64 && verify(null, message, key, signature),
    },
  };
}

// Ed25519 by OpenSSL, which verifies without cofactor and refuses a non-canonical S, but takes keys of small order: those
// are refused before it sees them. OpenSSL 3.5 (Node 24) also refuses signatures whose R has small order, which RFC 8032 and the
// versions before it accept. Honest signers never make one; but what one machine trusts another must not refuse, so there the
// portable verification has the last word.
import { createPublicKey, verify } from 'node:crypto';
import {
  decodeHex,
  ed25519KeyFlaw,
  ed25519KeyObjection,
  ed25519Spki,
  isHex,
  isSmallOrderPoint,
  type OpenedKey,
  portable,
} from '@countersign/core';
import { remembering } from './remembering.ts';
import { fingerprintOfSpki } from './spki.ts';
import { verifyAside } from './verify-aside.ts';

/** Opens 64 lower-case hexadecimal digits. */
export function openEd25519(publicKey: string): OpenedKey {
  if (!isHex(publicKey, 64)) return { status: 'unusable', reason: 'wanted an ed25519 key of 64 lower-case hex digits' };
  const bytes = decodeHex(publicKey);
  const reason = ed25519KeyObjection(bytes);
  if (reason !== undefined) return { status: 'unusable', reason };
  // As a JWK (RFC 8037), which OpenSSL takes as it is: decoding the same key from SPKI takes it six times as long.
  let flaw: string | undefined | 'unknown' = 'unknown';
  const key = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x: Buffer.from(bytes).toString('base64url') }, format: 'jwk' });
  return {
    status: 'ready',
    key: {
      fingerprint: fingerprintOfSpki(ed25519Spki(bytes)),
      flaw() {
        if (flaw === 'unknown') flaw = ed25519KeyFlaw(bytes);
        return flaw;
      },
      ...remembering(
        (message, signature) =>
          signature.length === 64 &&
          (verify(null, message, key, signature) ||
            (isSmallOrderPoint(signature.subarray(0, 32)) && verifyPortably(publicKey, message, signature))),
        async (message, signature) => signature.length === 64 && verifyAside(null, message, { key }, signature),
      ),
    },
  };
}

function verifyPortably(publicKey: string, message: Uint8Array, signature: Uint8Array): boolean {
  const opened = portable().openKey({ keytype: 'ed25519', scheme: 'ed25519', public: publicKey });
  return opened.status === 'ready' && opened.key.verify(message, signature);
}

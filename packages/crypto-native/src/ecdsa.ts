// ECDSA on P-256 with SHA-256 and DER signatures, the kind that tuf-on-ci and Sigstore use. A signature has a valid twin,
// (r, n-s): its bytes must never serve as a name.
import { verify } from 'node:crypto';
import type { OpenedKey } from '@countersign/core';
import { remembering } from './remembering.ts';
import { fingerprintOfKey, readPem } from './spki.ts';
import { verifyAside } from './verify-aside.ts';

/** Opens a P-256 key in PEM. */
export function openEcdsa(publicKey: string): OpenedKey {
  const key = readPem(publicKey);
  if (key?.asymmetricKeyType !== 'ec' || key.asymmetricKeyDetails?.namedCurve !== 'prime256v1') {
    return { status: 'unusable', reason: 'wanted a P-256 key in pem' };
  }
  return {
    status: 'ready',
    key: {
      fingerprint: fingerprintOfKey(key),
      ...remembering(
        (message, signature) => verify('sha256', message, { key, dsaEncoding: 'der' }, signature),
        (message, signature) => verifyAside('sha256', message, { key, dsaEncoding: 'der' }, signature),
      ),
    },
  };
}

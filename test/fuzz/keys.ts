// Keys that are the same in every run, so that a seed leads to the same files. They protect nothing.
import { createECDH, createHash, createPrivateKey, type KeyObject } from 'node:crypto';
import type { Signer } from '@countersign/core';
import { signerFromPrivateKey } from '@countersign/signers';

const secretOf = (label: string): Buffer => createHash('sha256').update(`fuzz ${label}`).digest();

// RFC 8410: what stands before the 32 bytes of an Ed25519 key.
const PKCS8 = Buffer.from('302e020100300506032b657004220420', 'hex');

export const ed25519Signer = (label: string): Signer =>
  signerFromPrivateKey(createPrivateKey({ key: Buffer.concat([PKCS8, secretOf(label)]), format: 'der', type: 'pkcs8' }));

/** Its signatures are all of one length; their bytes differ from run to run, because ECDSA draws a number for each. */
export function ecdsaSigner(label: string): Signer {
  const signer = signerFromPrivateKey(ecdsaKey(secretOf(label)));
  return {
    ...signer,
    async sign(message) {
      for (;;) {
        const signature = await signer.sign(message);
        if (signature.length === 71) return signature;
      }
    },
  };
}

function ecdsaKey(secret: Buffer): KeyObject {
  const pair = createECDH('prime256v1');
  pair.setPrivateKey(secret);
  const point = pair.getPublicKey();
  const text = (bytes: Buffer): string => bytes.toString('base64url');
  const jwk = { kty: 'EC', crv: 'P-256', d: text(secret), x: text(point.subarray(1, 33)), y: text(point.subarray(33)) };
  return createPrivateKey({ key: jwk, format: 'jwk' });
}

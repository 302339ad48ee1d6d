// A signature that something else made: a program, a token. It is verified before anybody gets it, because what signs wrongly gives a
// key away, or publishes what nobody can read.
import type { KeyObject } from 'node:crypto';
import { KeyError } from './errors.ts';
import { type HeldKind, keyKind } from './public-key.ts';
import { verifiesWith } from './signature-scheme.ts';

const WANTED: Readonly<Record<HeldKind, string>> = {
  ed25519: '64 raw bytes',
  'ecdsa-p256': 'an ecdsa signature over sha-256 in der',
  rsa: 'rsassa-pss over sha-256 with a salt of 32 bytes',
};

/** `signature`, once `publicKey` verifies it over `message`. Throws KeyError('signer-failed'); `name` is what made it. */
export function checkedSignature(publicKey: KeyObject, message: Uint8Array, signature: Uint8Array, name: string): Uint8Array {
  if (verifiesWith(publicKey, message, signature)) return signature;
  const got = `${signature.length} bytes that its public key does not verify`;
  throw new KeyError('signer-failed', `${name} answered ${got}, wanted ${WANTED[keyKind(publicKey)]}`);
}

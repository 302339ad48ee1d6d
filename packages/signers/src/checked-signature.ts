// A signature that something else made: a program, a token. It is verified before anybody gets it, because what signs wrongly gives a
// key away, or publishes what nobody can read.
import { type KeyObject, verify } from 'node:crypto';
import { KeyError } from './errors.ts';
import { keyKind } from './public-key.ts';

/** `signature`, once `publicKey` verifies it over `message`. Throws KeyError('signer-failed'); `name` is what made it. */
export function checkedSignature(publicKey: KeyObject, message: Uint8Array, signature: Uint8Array, name: string): Uint8Array {
  const algorithm = keyKind(publicKey) === 'ed25519' ? null : 'sha256';
  if (verify(algorithm, message, { key: publicKey, dsaEncoding: 'der' }, signature)) return signature;
  const got = `${signature.length} bytes that its public key does not verify`;
  const wanted = algorithm === null ? '64 raw bytes' : 'an ecdsa signature over sha-256 in der';
  throw new KeyError('signer-failed', `${name} answered ${got}, wanted ${wanted}`);
}

// Signers whose private key lives in this process: fresh ones, and ones made from a key that something else opened.
import { createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import type { PublicKey, Signer } from '@countersign/core';
import { KeyError } from './errors.ts';
import { type KeyKind, publicKeyOf } from './public-key.ts';
import { signChecked, type Thread } from './signature-scheme.ts';

/** A signer that can be written to a key file. `privateKey` is opaque: node:crypto prints and serialises none of its bytes. */
export interface LocalSigner extends Signer {
  readonly key: PublicKey;
  readonly privateKey: KeyObject;
  /** `thread` is 'aside' unless told. Throws KeyError('damaged') when the signature does not hold. */
  sign(message: Uint8Array, thread?: Thread): Promise<Uint8Array>;
}

/** A new key from the system's randomness. */
export function generateSigner(kind: KeyKind): LocalSigner {
  const pair = kind === 'ed25519' ? generateKeyPairSync('ed25519') : generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return signerFromPrivateKey(pair.privateKey);
}

/** A signer for a private key of node:crypto. Throws KeyError('unsupported') for other keys than Ed25519, ECDSA on P-256 and RSA. */
export function signerFromPrivateKey(privateKey: KeyObject): LocalSigner {
  if (privateKey.type !== 'private') throw new KeyError('unsupported', `key is ${privateKey.type}, wanted a private key`);
  const publicKey = createPublicKey(privateKey);
  return {
    key: publicKeyOf(publicKey),
    privateKey,
    async sign(message: Uint8Array, thread: Thread = 'aside'): Promise<Uint8Array> {
      // A single faulty signature of Ed25519 or RSA can give the private key away, so none leaves unchecked.
      const signature = await signChecked({ privateKey, publicKey }, message, thread);
      if (signature === undefined)
        throw new KeyError('damaged', 'the key made a signature that does not hold: this machine may be at fault');
      return signature;
    },
  };
}

// A verification on a thread of Node's own.
import { type KeyObject, verify } from 'node:crypto';

interface Using {
  readonly key: KeyObject;
  readonly dsaEncoding?: 'der';
}

/** Whether the signature is valid; false also when it cannot be told. The bytes are copied before this returns. */
export const verifyAside = (algorithm: 'sha256' | null, message: Uint8Array, using: Using, signature: Uint8Array): Promise<boolean> =>
  new Promise((resolve) => {
    verify(algorithm, message, using, signature, (error, isValid) => resolve(error === null && isValid));
  });

// A signer that is open, and can be closed: it signs nothing afterwards.
import type { PublicKey, Signer } from '@countersign/core';
import { KeyError } from './errors.ts';

/** A signer that holds something open: a private key in memory, a session with a token. */
export interface OpenedSigner extends Signer {
  readonly key: PublicKey;
  /** Must be called by whoever opened it, once nothing is to be signed any more; twice is once. `sign` throws KeyError('closed') then. */
  close(): Promise<void>;
}

/** `signer` until it is closed; `release` lets go of what it held. */
export function closing(signer: Signer, release: () => Promise<void> = async () => undefined): OpenedSigner {
  let held: Signer | undefined = signer;
  return {
    key: signer.key,
    async sign(message) {
      if (held === undefined) throw new KeyError('closed', 'the signer is closed, and signs nothing any more');
      return held.sign(message);
    },
    async close() {
      if (held === undefined) return;
      held = undefined;
      await release();
    },
  };
}

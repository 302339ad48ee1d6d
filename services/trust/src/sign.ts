// Signs a draft with a key of this server.

import { type Draft, type Env, newSignature, type Sealed, type Signer, seal } from '@countersign/core';
import type { NewFile } from '@countersign/store';
import type { Counts } from './counts.ts';

export async function signed(draft: Draft, signer: Signer, env: Env, counts: Counts): Promise<Sealed> {
  const started = performance.now();
  const signature = await signer.sign(draft.message);
  counts.signature(draft.name, (performance.now() - started) / 1000);
  return seal(draft, [newSignature(signer.key, signature)], env);
}

/** A sealed file as the store takes it. */
export const newFile = ({ name, version, bytes, digest }: Sealed): NewFile => ({ role: name, version, bytes, digest });

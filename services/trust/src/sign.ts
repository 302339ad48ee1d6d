// Signs a draft with a key of this server.

import { type Draft, type Env, newSignature, type Sealed, type Signer, seal } from '@countersign/core';
import type { NewFile } from '@countersign/store';

export async function signed(draft: Draft, signer: Signer, env: Env): Promise<Sealed> {
  return seal(draft, [newSignature(signer.key, await signer.sign(draft.message))], env);
}

/** A sealed file as the store takes it. */
export const newFile = ({ name, version, bytes, digest }: Sealed): NewFile => ({ role: name, version, bytes, digest });

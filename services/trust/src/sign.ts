// Signs a draft with a key of this server.

import { type Draft, type Env, type Sealed, type Signer, seal } from '@countersign/core';
import type { NewFile } from '@countersign/store';

export async function signed(draft: Draft, signer: Signer, env: Env): Promise<Sealed> {
  const bytes = await signer.sign(draft.message);
  return seal(draft, [{ keyid: signer.key.keyid, bytes }], env);
}

/** A sealed file as the store takes it. */
export const newFile = ({ name, version, bytes, digest }: Sealed): NewFile => ({ role: name, version, bytes, digest });

// Forgetting a repository on purpose.
import type { Cryptography, Gun } from '@countersign/core';
import type { Folders } from './options.ts';

/** Removes the rollback memory and the cached files of `gun`. Whether there was any memory. Pins are another matter. */
export async function forgetRepository(_gun: Gun, _where: { readonly folders: Folders; readonly crypto: Cryptography }): Promise<boolean> {
  throw new Error('not yet');
}

// Forgetting a repository on purpose: the only way to start over with a name whose repository was replaced.
import { rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Cryptography, Gun } from '@countersign/core';
import { systemCode } from './durable-file.ts';
import type { Folders } from './options.ts';
import { type DialectName, folderNameOf } from './repository-folder.ts';
import { unwritable } from './state-errors.ts';

/**
 * Removes the rollback memory and the cached files of `gun` in that dialect, TUF unless given; answers whether there was any memory. Old metadata is accepted
 * afterwards as if it were news. Pins are another matter (`PinStore.remove`). Throws StateError('unwritable-state').
 */
export async function forgetRepository(
  gun: Gun,
  where: { readonly folders: Folders; readonly crypto: Cryptography; readonly dialect?: DialectName },
): Promise<boolean> {
  const name = folderNameOf(gun, where.dialect ?? 'tuf', where.crypto);
  const memory = join(where.folders.state, name);
  try {
    await rm(join(where.folders.cache, name), { recursive: true, force: true });
    const there = await stat(memory).then(
      () => true,
      (error: unknown) => {
        if (systemCode(error) === 'ENOENT') return false;
        throw error;
      },
    );
    await rm(memory, { recursive: true, force: true });
    return there;
  } catch (error) {
    throw unwritable(memory, error);
  }
}

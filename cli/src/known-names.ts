// The repositories that this machine knows: those that are pinned, and those that it has seen.
import { rememberedNames, StateError } from '@countersign/client';
import type { Gun } from '@countersign/core';
import { nativeCryptography } from '@countersign/crypto-native';
import { pinStore } from './compose/pins.ts';
import type { Folders } from './folders.ts';
import type { Output } from './output.ts';

/** Sorted; memory that cannot be read is told on stderr, and hides nothing else. */
export async function knownNames(folders: Folders, output: Output): Promise<readonly Gun[]> {
  return [...new Set([...seenNames(folders, output), ...(await pinnedNames(folders, output))])].sort();
}

/** Those that it has rollback memory of. */
export function seenNames(folders: Folders, output: Output): readonly Gun[] {
  const { guns, unusable } = rememberedNames(folders.state, nativeCryptography());
  for (const error of unusable) output.say(`unusable: ${error.message}`);
  return guns;
}

async function pinnedNames(folders: Folders, output: Output): Promise<readonly Gun[]> {
  try {
    return (await pinStore(folders).list()).map(({ gun }) => gun);
  } catch (error) {
    if (!(error instanceof StateError)) throw error;
    output.say(`unusable: ${error.message}`);
    return [];
  }
}

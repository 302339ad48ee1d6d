// The repositories that this machine knows: those that are pinned, and those that it has seen.
import { type RepositoryName, rememberedNames, StateError } from '@countersign/client';
import { nativeCryptography } from '@countersign/crypto-native';
import { pinStore } from './compose/pins.ts';
import type { Folders } from './folders.ts';
import type { Output } from './output.ts';

/** Sorted by name; memory that cannot be read is told on stderr, and hides nothing else. */
export async function knownRepositories(folders: Folders, output: Output): Promise<readonly RepositoryName[]> {
  const all = [...seenRepositories(folders, output), ...(await pinnedRepositories(folders, output))];
  const known = new Map(all.map(({ gun, dialect }) => [`${gun} ${dialect}`, { gun, dialect }]));
  return [...known].sort(([one], [other]) => (one < other ? -1 : 1)).map(([, repository]) => repository);
}

/** Those that it has rollback memory of. */
export function seenRepositories(folders: Folders, output: Output): readonly RepositoryName[] {
  const { repositories, unusable } = rememberedNames(folders.state, nativeCryptography());
  for (const error of unusable) output.say(`unusable: ${error.message}`);
  return repositories;
}

async function pinnedRepositories(folders: Folders, output: Output): Promise<readonly RepositoryName[]> {
  try {
    return await pinStore(folders, 'tuf').list();
  } catch (error) {
    if (!(error instanceof StateError)) throw error;
    output.say(`unusable: ${error.message}`);
    return [];
  }
}

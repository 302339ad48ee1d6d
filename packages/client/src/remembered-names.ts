// Which repositories this machine has seen: those that it has rollback memory of. Folders are named by digest, so the files say the name.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Cryptography, FormatError } from '@countersign/core';
import { StateError } from './errors.ts';
import { newestOf } from './floor.ts';
import { floorName } from './floor-file.ts';
import { namesIn } from './names-in.ts';
import { byName, ownerIn, type RepositoryName } from './owner.ts';
import { folderNameOf } from './repository-folder.ts';
import { readSealed } from './sealed-json.ts';
import { damaged } from './state-errors.ts';

export interface RememberedNames {
  /** Sorted by name. */
  readonly repositories: readonly RepositoryName[];
  /** Memory whose name cannot be read: one damaged file must not hide the others. */
  readonly unusable: readonly StateError[];
}

/** Throws StateError('damaged-state') when the folder `state` itself cannot be read. */
export function rememberedNames(state: string, crypto: Cryptography): RememberedNames {
  const repositories: RepositoryName[] = [];
  const unusable: StateError[] = [];
  for (const folder of namesIn(state)) {
    if (!/^[0-9a-f]{64}$/.test(folder)) continue;
    try {
      const found = nameIn(join(state, folder), folder, crypto);
      if (found !== undefined) repositories.push(found);
    } catch (error) {
      const failure = damaged(join(state, folder), error);
      if (!(failure instanceof StateError)) throw failure;
      unusable.push(failure);
    }
  }
  return { repositories: repositories.sort(byName), unusable };
}

function nameIn(path: string, folder: string, crypto: Cryptography): RepositoryName | undefined {
  const newest = newestOf(namesIn(path));
  if (newest === undefined) return undefined;
  const members = readSealed(readFileSync(join(path, floorName(newest))), 'floor', crypto);
  const { gun, dialect } = ownerIn(members, 'floor');
  // A copied folder must not show a name that no refresh would find here.
  if (folderNameOf(gun, dialect, crypto) !== folder) throw new FormatError('malformed', `floor: it is of ${gun}, in the folder of another`);
  return { gun, dialect };
}

// Which repositories this machine has seen: those that it has rollback memory of. Folders are named by digest, so the files say the name.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Cryptography, FormatError, type Gun, memberString, parseGun } from '@countersign/core';
import { StateError } from './errors.ts';
import { newestOf } from './floor.ts';
import { floorName } from './floor-file.ts';
import { namesIn } from './names-in.ts';
import { folderNameOf } from './repository-folder.ts';
import { readSealed } from './sealed-json.ts';
import { damaged } from './state-errors.ts';

export interface RememberedNames {
  /** Sorted. */
  readonly guns: readonly Gun[];
  /** Memory whose name cannot be read: one damaged file must not hide the others. */
  readonly unusable: readonly StateError[];
}

/** Throws StateError('damaged-state') when the folder `state` itself cannot be read. */
export function rememberedNames(state: string, crypto: Cryptography): RememberedNames {
  const guns: Gun[] = [];
  const unusable: StateError[] = [];
  for (const folder of namesIn(state)) {
    if (!/^[0-9a-f]{64}$/.test(folder)) continue;
    try {
      const gun = nameIn(join(state, folder), folder, crypto);
      if (gun !== undefined) guns.push(gun);
    } catch (error) {
      const failure = damaged(join(state, folder), error);
      if (!(failure instanceof StateError)) throw failure;
      unusable.push(failure);
    }
  }
  return { guns: guns.sort(), unusable };
}

function nameIn(path: string, folder: string, crypto: Cryptography): Gun | undefined {
  const newest = newestOf(namesIn(path));
  if (newest === undefined) return undefined;
  const members = readSealed(readFileSync(join(path, floorName(newest))), 'floor', crypto);
  const gun = parseGun(memberString(members, 'gun', 'floor'));
  // A copied folder must not show a name that no refresh would find here.
  if (folderNameOf(gun, crypto) !== folder) throw new FormatError('malformed', `floor: it is of ${gun}, in the folder of another`);
  return gun;
}

// Rollback memory on disk. Processes share it without locks: every file is written whole under a name that states its versions,
// the highest name wins, and lower ones are removed only after a higher one is durable.
import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Cryptography, Env, FloorFiles, Gun } from '@countersign/core';
import { removeIfThere, removeLeftovers, systemCode, writeWhole } from './durable-file.ts';
import {
  compareVersions,
  type FloorVersions,
  floorName,
  parseFloorName,
  type Remembered,
  readFloorFile,
  versionsOf,
  writeFloorFile,
} from './floor-file.ts';
import { namesIn } from './names-in.ts';
import { folderNameOf } from './repository-folder.ts';
import { damaged, unwritable } from './state-errors.ts';

export interface FloorStore {
  /**
   * The newest floor of `gun`; `known` is given back when the disk holds nothing newer. Throws StateError('damaged-state'): a
   * floor that cannot be read is never an empty one, and an older one never takes its place.
   */
  read(gun: Gun, known: Remembered | undefined, env: Env): Promise<Remembered | undefined>;
  /** Whole, and its bytes on the disk, when it returns. Throws StateError('unwritable-state'). */
  write(gun: Gun, files: FloorFiles, versions: FloorVersions, etag: string | undefined): Promise<void>;
}

export interface FloorOptions {
  readonly folder: string;
  readonly crypto: Cryptography;
  readonly random: (length: number) => Uint8Array;
}

// Each try that finds the listed file gone means that another process has just written a newer one.
const MOST_TRIES = 1000;

export function openFloors({ folder, crypto, random }: FloorOptions): FloorStore {
  const folderOf = (gun: Gun): string => join(folder, folderNameOf(gun, crypto));

  async function read(gun: Gun, known: Remembered | undefined, env: Env): Promise<Remembered | undefined> {
    const home = folderOf(gun);
    for (let tries = 0; ; tries += 1) {
      const newest = newestOf(namesIn(home));
      if (newest === undefined) return undefined;
      if (known !== undefined && compareVersions(versionsOf(known.floor), newest) === 0) return known;
      const path = join(home, floorName(newest));
      try {
        return readFloorFile(readFileSync(path), gun, newest, env);
      } catch (error) {
        if (systemCode(error) !== 'ENOENT' || tries === MOST_TRIES) throw damaged(path, error);
      }
    }
  }

  async function write(gun: Gun, files: FloorFiles, versions: FloorVersions, etag: string | undefined): Promise<void> {
    const home = folderOf(gun);
    try {
      mkdirSync(home, { recursive: true, mode: 0o700 });
      // Whoever is behind another process has nothing to add.
      if (isAbove(newestOf(readdirSync(home)), versions)) return;
      // The bytes are synced, the name is not: a power cut may bring back the floor before this one, as if the last refresh had not
      // been. It can leave neither a torn floor nor an empty folder, because names change in the order in which they were changed.
      await writeWhole(join(home, floorName(versions)), writeFloorFile(gun, files, etag, crypto), { random, promise: 'synced' });
      await removeLower(home, versions);
    } catch (error) {
      throw unwritable(home, error);
    }
  }

  return { read, write };
}

function newestOf(names: readonly string[]): FloorVersions | undefined {
  let newest: FloorVersions | undefined;
  for (const name of names) {
    const versions = parseFloorName(name);
    if (versions !== undefined && (newest === undefined || compareVersions(versions, newest) > 0)) newest = versions;
  }
  return newest;
}

const isAbove = (one: FloorVersions | undefined, other: FloorVersions): boolean => one !== undefined && compareVersions(one, other) > 0;

/** Also the one just written, when another process was ahead of it. */
async function removeLower(home: string, written: FloorVersions): Promise<void> {
  const names = readdirSync(home);
  const newest = newestOf(names) ?? written;
  for (const name of names) {
    const other = parseFloorName(name);
    if (other !== undefined && isAbove(newest, other)) await removeIfThere(join(home, name));
  }
  await removeLeftovers(home, names, floorName(newest));
}

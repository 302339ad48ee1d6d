// Rollback memory on disk. Processes share it without locks: every file is written whole under a name that states its versions,
// the highest name wins, and lower ones are removed only after a higher one is durable.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Cryptography, Dialect, FloorFiles, Gun, RoleName, SeenRole } from '@countersign/core';
import { removeIfThere, removeLeftovers, systemCode, writeWhole } from './durable-file.ts';
import { StateError } from './errors.ts';
import {
  compareVersions,
  type FloorFile,
  type FloorVersions,
  floorName,
  openedFloor,
  openFloorFile,
  parseFloorName,
  type Remembered,
  versionsOf,
  writeFloorFile,
} from './floor-file.ts';
import { makeFolder } from './make-folder.ts';
import { namesIn } from './names-in.ts';
import { foldersBelow } from './repository-folder.ts';
import { newestRoleFiles, outdatedBy, readRoleFile, type SeenEntry, writeRoleFile } from './role-files.ts';
import { damaged, unwritable } from './state-errors.ts';

export interface FloorStore {
  /**
   * The newest floor of `gun`; `known`, where the disk holds nothing newer. This and its `verify` throw StateError('damaged-state'):
   * a floor that cannot be read is never an empty one, and an older one never takes its place.
   */
  open(gun: Gun, known: Remembered | undefined): FloorFile | undefined;
  /** Whole, and its bytes on the disk, when it returns. Throws StateError('unwritable-state'). */
  write(gun: Gun, files: FloorFiles, versions: FloorVersions, etag: string | undefined): Promise<void>;
  /** The same for what was seen of a role; a floor of `gun` must be there. Answers the name of its file. */
  writeRole(gun: Gun, entry: SeenEntry): Promise<string>;
}

export interface FloorOptions {
  readonly folder: string;
  readonly dialect: Dialect;
  readonly crypto: Cryptography;
  readonly random: (length: number) => Uint8Array;
}

// Each try that finds the listed file gone means that another process has just written a newer one.
const MOST_TRIES = 1000;

export function openFloors({ folder, dialect, crypto, random }: FloorOptions): FloorStore {
  const folderOf = foldersBelow(folder, dialect.name, crypto);

  function open(gun: Gun, known: Remembered | undefined): FloorFile | undefined {
    const home = folderOf(gun);
    for (let tries = 0; ; tries += 1) {
      const names = namesIn(home);
      const [newest, roleFiles] = [newestOf(names), newestRoleFiles(names)];
      if (newest === undefined) {
        // A floor is written before any role: without one, somebody took it away.
        if (roleFiles.length > 0) throw new StateError('damaged-state', `${home}: roles are remembered, and nothing above them is`);
        return undefined;
      }
      if (known !== undefined && isStillNewest(known, newest, roleFiles)) return openedFloor(known);
      let path = join(home, floorName(newest));
      try {
        const floor = readFileSync(path);
        const roles = new Map<RoleName, SeenRole>();
        for (const name of roleFiles) {
          path = join(home, name);
          const [role, seen] = readRoleFile({ name, bytes: readFileSync(path) }, { gun, dialect }, crypto);
          roles.set(role, seen);
        }
        path = join(home, floorName(newest));
        return namingDamage(path, openFloorFile(floor, { gun, dialect }, newest, { seen: roles, files: roleFiles }, crypto));
      } catch (error) {
        if (systemCode(error) !== 'ENOENT' || tries === MOST_TRIES) throw damaged(path, error);
      }
    }
  }

  async function write(gun: Gun, files: FloorFiles, versions: FloorVersions, etag: string | undefined): Promise<void> {
    const home = folderOf(gun);
    try {
      const isNew = makeFolder(home);
      // Whoever is behind another process has nothing to add.
      if (!isNew && isAbove(newestOf(readdirSync(home)), versions)) return;
      // The bytes are synced, the name is not: a power cut may bring back the floor before this one, as if the last refresh had not
      // been. It can leave neither a torn floor nor an empty folder, because names change in the order in which they were changed.
      await writeWhole(join(home, floorName(versions)), writeFloorFile({ gun, dialect }, files, etag, crypto), {
        random,
        promise: 'synced',
      });
      if (!isNew) await removeLower(home, versions);
    } catch (error) {
      throw unwritable(home, error);
    }
  }

  async function writeRole(gun: Gun, entry: SeenEntry): Promise<string> {
    const home = folderOf(gun);
    const { name, bytes } = writeRoleFile(entry, { gun, dialect }, crypto);
    try {
      const names = readdirSync(home);
      const old = outdatedBy(name, names);
      // Whoever is behind another process has nothing to add.
      const isNews = !names.includes(name) && newestRoleFiles([...names.filter((other) => !old.includes(other)), name]).includes(name);
      if (isNews) await writeWhole(join(home, name), bytes, { random, promise: 'synced' });
      for (const other of old) await removeIfThere(join(home, other));
    } catch (error) {
      throw unwritable(home, error);
    }
    return name;
  }

  return { open, write, writeRole };
}

/** Whether the disk remembers what `known` does. */
const isStillNewest = (known: Remembered, newest: FloorVersions, roleFiles: readonly string[]): boolean =>
  compareVersions(versionsOf(known.floor), newest) === 0 && known.roleFiles.join() === roleFiles.join();

/** The same, with the path in its failures. */
function namingDamage(path: string, file: FloorFile): FloorFile {
  return {
    ...file,
    verify(env) {
      try {
        return file.verify(env);
      } catch (error) {
        throw damaged(path, error);
      }
    },
  };
}

/** The highest versions among names of files. */
export function newestOf(names: readonly string[]): FloorVersions | undefined {
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

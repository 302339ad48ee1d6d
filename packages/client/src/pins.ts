// Pins that a person set on this machine, one file per name.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Cryptography, encodeJson, formatPin, type Gun, jsonObject, memberString, parsePin, STANDARD_LIMITS } from '@countersign/core';
import { removeIfThere, syncFolder, systemCode, writeWhole } from './durable-file.ts';
import { StateError } from './errors.ts';
import { makeFolder } from './make-folder.ts';
import { highest } from './minimum.ts';
import { namesIn } from './names-in.ts';
import { byName, ownerIn, type RepositoryName, writeDialect } from './owner.ts';
import type { Pinned } from './policy.ts';
import { type DialectName, folderNameOf } from './repository-folder.ts';
import { damaged, unwritable } from './state-errors.ts';
import { readSchemaOne, refuseUnknown } from './strict-members.ts';

export interface PinStore {
  /** Throws StateError('damaged-state') when the file cannot be read: a damaged pin is never no pin. */
  read(gun: Gun): Promise<Pinned | undefined>;
  /**
   * Durable when it returns, with the pin of another version that stood here and is replaced: both may be right, and what that one
   * demanded at least is demanded on. Throws StateError('conflicting-pin') when another root of the same version is pinned already,
   * since one of the two must be wrong: `remove` it first.
   */
  write(gun: Gun, pinned: Pinned): Promise<Pinned | undefined>;
  /** Whether there was one. */
  remove(gun: Gun): Promise<boolean>;
  /** Sorted by name. Those of other dialects too. */
  list(): Promise<readonly StoredPin[]>;
}

/** A pin, and whose it is. */
export interface StoredPin extends RepositoryName {
  readonly pinned: Pinned;
}

export interface PinStoreOptions {
  /** Of repositories of this dialect: one name may stand for two repositories, with a root each. TUF unless given. */
  readonly dialect?: DialectName;
  /** Absolute; made with mode 0700. */
  readonly folder: string;
  readonly crypto: Cryptography;
  readonly random: (length: number) => Uint8Array;
}

/** A pin with its minimums, as people write it and `parsePin` reads it. */
export function pinnedText({ pin, minimum }: Pinned): string {
  const root = minimum.root === undefined ? '' : ` root>=${minimum.root}`;
  const snapshot = minimum.snapshot === undefined ? '' : ` snapshot>=${minimum.snapshot}`;
  return `${formatPin(pin)}${root}${snapshot}`;
}

/** Opens the folder of pins; it is made when the first one is written. */
export function openPinStore({ folder, dialect = 'tuf', crypto, random }: PinStoreOptions): PinStore {
  const placeOf = (owner: RepositoryName): string => join(folder, `${folderNameOf(owner.gun, owner.dialect, crypto)}.json`);
  const pathOf = (gun: Gun): string => placeOf({ gun, dialect });

  async function read(gun: Gun): Promise<Pinned | undefined> {
    const found = readPinFile(pathOf(gun));
    if (found !== undefined && (found.gun !== gun || found.dialect !== dialect)) {
      throw new StateError('damaged-state', `${pathOf(gun)}: the pin is for ${found.gun} (${found.dialect}), wanted ${gun} (${dialect})`);
    }
    return found?.pinned;
  }

  async function write(gun: Gun, pinned: Pinned): Promise<Pinned | undefined> {
    const standing = await read(gun);
    const another = standing !== undefined && formatPin(standing.pin) !== formatPin(pinned.pin) ? standing : undefined;
    if (another !== undefined && another.pin.version === pinned.pin.version) {
      const text = `${gun} is pinned to ${formatPin(another.pin)}, wanted ${formatPin(pinned.pin)}`;
      throw new StateError('conflicting-pin', text, { details: { standing: pinnedText(another), wanted: pinnedText(pinned) } });
    }
    const minimum = another === undefined ? pinned.minimum : highest(another.minimum, pinned.minimum);
    const file = encodeJson(jsonObject({ schema: 1, gun, dialect: writeDialect(dialect), pin: pinnedText({ pin: pinned.pin, minimum }) }));
    try {
      makeFolder(folder);
      await writeWhole(pathOf(gun), file, { random, promise: 'durable' });
      return another;
    } catch (error) {
      throw unwritable(folder, error);
    }
  }

  async function remove(gun: Gun): Promise<boolean> {
    try {
      const removed = await removeIfThere(pathOf(gun));
      if (removed) await syncFolder(folder);
      return removed;
    } catch (error) {
      throw unwritable(folder, error);
    }
  }

  async function list(): Promise<readonly StoredPin[]> {
    const found = [];
    for (const name of namesIn(folder)) {
      const path = join(folder, name);
      const pin = /^[0-9a-f]{64}\.json$/.test(name) ? readPinFile(path) : undefined;
      if (pin === undefined) continue;
      // A copied file must not show a pin that `read` would never find.
      if (placeOf(pin) !== path) throw new StateError('damaged-state', `${path}: it holds the pin of ${pin.gun}`, { details: { path } });
      found.push(pin);
    }
    return found.sort(byName);
  }

  return { read, write, remove, list };
}

function readPinFile(path: string): StoredPin | undefined {
  try {
    const object = readSchemaOne(readFileSync(path), 'pin file', STANDARD_LIMITS);
    refuseUnknown(object, ['schema', 'gun', 'dialect', 'pin'], 'pin file');
    return { ...ownerIn(object, 'pin file'), pinned: parsePin(memberString(object, 'pin', 'pin file')) };
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return undefined;
    throw damaged(path, error);
  }
}

// Pins that a person set on this machine, one file per name.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  type Cryptography,
  encodeJson,
  formatPin,
  type Gun,
  jsonObject,
  memberString,
  parseGun,
  parsePin,
  STANDARD_LIMITS,
} from '@countersign/core';
import { removeIfThere, syncFolder, systemCode, writeWhole } from './durable-file.ts';
import { StateError } from './errors.ts';
import { makeFolder } from './make-folder.ts';
import { highest } from './minimum.ts';
import { namesIn } from './names-in.ts';
import type { Pinned } from './policy.ts';
import { folderNameOf } from './repository-folder.ts';
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
  /** Sorted by name. */
  list(): Promise<readonly { readonly gun: Gun; readonly pinned: Pinned }[]>;
}

export interface PinStoreOptions {
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
export function openPinStore({ folder, crypto, random }: PinStoreOptions): PinStore {
  const pathOf = (gun: Gun): string => join(folder, `${folderNameOf(gun, crypto)}.json`);

  async function read(gun: Gun): Promise<Pinned | undefined> {
    const found = readPinFile(pathOf(gun));
    if (found !== undefined && found.gun !== gun) {
      throw new StateError('damaged-state', `${pathOf(gun)}: the pin is for ${found.gun}, wanted ${gun}`);
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
    const file = encodeJson(jsonObject({ schema: 1, gun, pin: pinnedText({ pin: pinned.pin, minimum }) }));
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

  async function list(): Promise<readonly { readonly gun: Gun; readonly pinned: Pinned }[]> {
    const found = [];
    for (const name of namesIn(folder)) {
      const path = join(folder, name);
      const pin = /^[0-9a-f]{64}\.json$/.test(name) ? readPinFile(path) : undefined;
      if (pin === undefined) continue;
      // A copied file must not show a pin that `read` would never find.
      if (pathOf(pin.gun) !== path) throw new StateError('damaged-state', `${path}: it holds the pin of ${pin.gun}`, { details: { path } });
      found.push(pin);
    }
    return found.sort((one, other) => (one.gun < other.gun ? -1 : 1));
  }

  return { read, write, remove, list };
}

function readPinFile(path: string): { readonly gun: Gun; readonly pinned: Pinned } | undefined {
  try {
    const object = readSchemaOne(readFileSync(path), 'pin file', STANDARD_LIMITS);
    refuseUnknown(object, ['schema', 'gun', 'pin'], 'pin file');
    return { gun: parseGun(memberString(object, 'gun', 'pin file')), pinned: parsePin(memberString(object, 'pin', 'pin file')) };
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return undefined;
    throw damaged(path, error);
  }
}

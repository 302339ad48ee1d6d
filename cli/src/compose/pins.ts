// What this machine, or this command, was told to believe about a repository.
import { randomBytes } from 'node:crypto';
import { type DialectName, openPinStore, type Pinned, type PinStore } from '@countersign/client';
import { parsePin } from '@countersign/core';
import { nativeCryptography } from '@countersign/crypto-native';
import type { Folders } from '../folders.ts';
import { typed } from '../given.ts';
import type { Given } from '../tree/spec.ts';
import { variable } from '../variables.ts';
import type { World } from '../world.ts';

export const pinStore = (folders: Folders, dialect: DialectName): PinStore =>
  openPinStore({ folder: folders.pins, dialect, crypto: nativeCryptography(), random: (length) => randomBytes(length) });

/** The pin that goes with this one command: `--root-pin`, or else COUNTERSIGN_ROOT_PIN. */
export function commandPin(world: Pick<World, 'env'>, given: Given): Pinned | undefined {
  const option = given.text('root-pin');
  if (option !== undefined) return typed('--root-pin', () => parsePin(option));
  const text = variable(world, 'COUNTERSIGN_ROOT_PIN');
  return text === undefined ? undefined : typed('COUNTERSIGN_ROOT_PIN', () => parsePin(text));
}

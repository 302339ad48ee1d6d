// Pins that a person set on this machine, one file per name.
import type { Cryptography, Gun } from '@countersign/core';
import type { Pinned } from './policy.ts';

export interface PinStore {
  /** Throws StateError('damaged-state') when the file cannot be read: a damaged pin is never no pin. */
  read(gun: Gun): Promise<Pinned | undefined>;
  /** Durable when it returns. Throws StateError('conflicting-pin') when another root is pinned already: `remove` it first. */
  write(gun: Gun, pinned: Pinned): Promise<void>;
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

export function openPinStore(_options: PinStoreOptions): PinStore {
  throw new Error('not yet');
}

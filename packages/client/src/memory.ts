// What a long-lived client knows already, so that a second verification verifies nothing twice. Nothing in here is believed on its
// own: root and timestamp are asked for and checked each time, and expiry is held against the new time.
import { type Anchor, type Gun, pinText, type TargetsTrusted, type TrustedRoles } from '@countersign/core';
import type { Remembered } from './floor-file.ts';

export interface Known {
  /** The anchor it was reached from, as text. */
  readonly anchor: string;
  readonly remembered: Remembered;
  readonly stage: TargetsTrusted;
  readonly trusted: TrustedRoles;
}

export interface Memory {
  get(gun: Gun): Known | undefined;
  set(gun: Gun, known: Known): void;
  clear(): void;
}

const MOST_REPOSITORIES = 32;
// Of files as they arrived; what is parsed out of them takes more. Somebody who may have an image verified must not fill the memory
// of a client that lives on.
const MOST_BYTES = 64 * 1024 * 1024;

/** Holds the repositories used last, and one of any size. */
export function openMemory(): Memory {
  const known = new Map<Gun, Known>();
  return {
    get: (gun) => known.get(gun),
    set(gun, repository) {
      known.delete(gun);
      known.set(gun, repository);
      let bytes = [...known.values()].reduce((sum, one) => sum + bytesOf(one), 0);
      for (const [oldest, one] of known) {
        if (oldest === gun || (known.size <= MOST_REPOSITORIES && bytes <= MOST_BYTES)) break;
        known.delete(oldest);
        bytes -= bytesOf(one);
      }
    },
    clear: () => known.clear(),
  };
}

/** Roles that later searches opened are counted when the next repository comes. */
function bytesOf({ stage, trusted }: Known): number {
  let bytes = stage.before.snapshot.file.length + stage.targets.file.length;
  for (const { file } of trusted.values()) bytes += file.length;
  return bytes;
}

/** Two anchors with the same text ask for the same. */
export function anchorText({ gun, pins, minimum, otherwise, binding, wildcards }: Anchor): string {
  return JSON.stringify([
    gun,
    pins.map(pinText).sort(),
    minimum.root ?? 0,
    minimum.snapshot ?? 0,
    otherwise,
    binding,
    wildcards ?? 'refuse',
  ]);
}

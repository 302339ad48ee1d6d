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

/** Holds the repositories used last: one of them may be tens of megabytes. */
export function openMemory(): Memory {
  const known = new Map<Gun, Known>();
  return {
    get: (gun) => known.get(gun),
    set(gun, repository) {
      known.delete(gun);
      known.set(gun, repository);
      const [oldest] = known.keys();
      if (known.size > MOST_REPOSITORIES && oldest !== undefined) known.delete(oldest);
    },
    clear: () => known.clear(),
  };
}

/** Two anchors with the same text ask for the same. */
export function anchorText({ gun, pins, minimum, otherwise, binding }: Anchor): string {
  return JSON.stringify([gun, pins.map(pinText).sort(), minimum.root ?? 0, minimum.snapshot ?? 0, otherwise, binding]);
}

// Somebody who verifies, and whom the attacks in this folder try to deceive.
import type { Anchor, Digest, Limits } from '@countersign/core';
import type { Lie } from '@countersign/testkit';

export interface Manifest {
  readonly bytes: Uint8Array;
  readonly mediaType: string;
}

export interface Victim {
  /** One run: refresh, search, compare with what the registry serves. Rejects with the reason. */
  verify(tag: string): Promise<Digest>;
  /** What the server serves instead of the repository's files; `undefined` says that a file does not exist. */
  readonly instead: Map<string, Uint8Array | undefined>;
  /** What the registry serves, by tag. */
  readonly registry: Map<string, Manifest>;
  /** Paths below the metadata base, as they were asked for. */
  readonly asked: string[];
  /** The victim's clock; the repository's unless it is set. */
  now: number | undefined;
  /** Takes away what may be lost without harm. */
  loseCache(): Promise<void>;
  close(): Promise<void>;
}

export interface VictimOptions {
  readonly anchor?: Partial<Anchor>;
  readonly limits?: Partial<Limits>;
  /** Lies that only a real server can tell. */
  readonly lies?: ReadonlyMap<string, Lie>;
  readonly timeouts?: { readonly idleMs?: number; readonly totalMs?: number };
}

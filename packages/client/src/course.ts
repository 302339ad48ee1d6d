// The state of one refresh.
import type { Anchor, Env, Gun, RootReached, SnapshotTrusted, TimestampTrusted, Verified, Version } from '@countersign/core';
import type { Ahead } from './ahead.ts';
import type { Remembered } from './floor-file.ts';

/** What a refresh knows of its own course. */
export interface Course {
  readonly gun: Gun;
  readonly anchor: Anchor;
  readonly ahead: Ahead;
  readonly env: Env;
  /** What was already looked at, by its bytes. */
  readonly foreseen: WeakMap<Uint8Array, Promise<void>>;
  /** Whether the first root is the remembered one; otherwise it is asked for. */
  readonly resumes: boolean;
  /** The floor that was found when the refresh began. */
  readonly found: Remembered | undefined;
  /** The version of the root that was asked for first, where none was resumed from. */
  firstRoot: Version | undefined;
  /** Whether a root was reached since: a second one makes it a chain. */
  walking: boolean;
  /** The floor that is being written. */
  writing: Promise<void> | undefined;
  /** What was reached since, and is still to be written. */
  pending: RootReached | TimestampTrusted | SnapshotTrusted | undefined;
  /** What is on the disk now. */
  saved: Remembered | undefined;
  /** The newest root that was verified so far. */
  root: Verified<'root'> | undefined;
  /** The ETag of the timestamp that was answered last. */
  etag: string | undefined;
  /** The timestamp that was answered last. */
  timestamp: Uint8Array | undefined;
}

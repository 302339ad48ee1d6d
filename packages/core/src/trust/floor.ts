// The floor: what was verified last, used only to refuse going back (TUF 1.0.34 §5.4.3, §5.5.5; rollback and freeze attacks).
import { TrustError } from '../errors.ts';
import type { Env } from '../formats/dialect.ts';
import type { Parsed, RecordHead, TopLevelRole } from '../model/metadata.ts';
import { roleOf } from '../model/role-of.ts';
import { ROOT, SNAPSHOT, TIMESTAMP } from '../model/top-level.ts';
import type { Digest, Instant, RoleName, Version } from '../names/brand.ts';
import { formatInstant } from '../names/instant.ts';
import { usableKeys } from '../verify/count.ts';
import { type Verified, verifySigned } from '../verify/verify-signed.ts';

/** The file of a role that was verified last. */
export interface SeenRole {
  readonly version: Version;
  /** Of the bytes of the file. */
  readonly digest: Digest;
}

/** Where a snapshot does not state the versions of roles (Notary), nothing but memory tells an older file from the newest. */
export type SeenRoles = ReadonlyMap<RoleName, SeenRole>;

/** A floor as it lies in the state folder: the exact bytes of what was verified. */
export interface FloorFiles {
  readonly root: Uint8Array;
  readonly timestamp?: Uint8Array;
  readonly snapshot?: Uint8Array;
  readonly record?: RecordHead;
  readonly roles?: SeenRoles;
  /** The pins the root was reached under, as `pinText` writes them. */
  readonly pins: readonly string[];
}

export interface Floor {
  readonly root: Verified<'root'>;
  /** Only ever compared with: a file from here is believed no earlier than it verifies under today's root. */
  readonly timestamp: Parsed<'timestamp'> | undefined;
  readonly snapshot: Parsed<'snapshot'> | undefined;
  readonly record: RecordHead | undefined;
  readonly roles: SeenRoles;
  readonly pins: readonly string[];
}

/** Reads a floor again. Throws FormatError or TrustError when it was damaged: a damaged floor is never an empty one. */
export function readFloor(files: FloorFiles, env: Env): Floor {
  const root = env.dialect.parse('root', ROOT, files.root, env);
  return {
    root: verifySigned(root, roleOf(root, 'root'), root.content.keys, env),
    timestamp: files.timestamp && env.dialect.parse('timestamp', TIMESTAMP, files.timestamp, env),
    snapshot: files.snapshot && env.dialect.parse('snapshot', SNAPSHOT, files.snapshot, env),
    record: files.record,
    roles: files.roles ?? new Map(),
    pins: files.pins,
  };
}

/**
 * TUF 1.0.34 §5.3.11, fast-forward recovery: whoever held a leaked timestamp or snapshot key may have raised versions beyond
 * all reach. When any such key was removed, what was seen under it no longer counts. Keys are compared, not whether old files
 * still verify: with one of two keys rotated, they would.
 */
export function carryOver(floor: Floor, old: Parsed<'root'>, next: Parsed<'root'>, env: Env): Floor {
  const lost = (role: TopLevelRole): boolean => {
    const kept = usableKeys(roleOf(next, role), next.content.keys, env);
    return [...usableKeys(roleOf(old, role), old.content.keys, env)].some((key) => !kept.has(key));
  };
  const timestampLost = lost('timestamp');
  if (!timestampLost && !lost('snapshot')) return floor;
  // The record's number is a version of its own, and nothing but the timestamp's keys ever vouched for it.
  return { ...floor, timestamp: undefined, snapshot: undefined, record: timestampLost ? undefined : floor.record };
}

const CLOCK_TOLERANCE = 5 * 60 * 1000;

/** Throws TrustError('clock') when the clock is behind what it showed before: every expiry check would be void. */
export function checkClock(now: Instant, latest: Instant): void {
  if (now >= latest - CLOCK_TOLERANCE) return;
  throw new TrustError('clock', `the clock shows ${formatInstant(now)}, but ${formatInstant(latest)} was seen before`);
}

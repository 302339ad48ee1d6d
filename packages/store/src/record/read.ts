// Reads a record, believing nothing: it may come from our own disk or from somebody else's server.
import { FormatError, formatInstant, parseInstant } from '@countersign/core';
import { StoreError, shown } from '../errors.ts';
import { isDialectName, isDigest, isFingerprint, isGun, isHash, isRoleName, isVersion, isWhole } from '../guards.ts';
import { canonicalBytes } from './canonical.ts';
import { maxRecordBytes } from './hash.ts';
import type { PublishRecord, RecordFile, RecordKind } from './record.ts';

const kinds: ReadonlySet<unknown> = new Set<RecordKind>(['publish', 'root', 'refresh', 'import', 'delete']);
const isKind = (value: unknown): value is RecordKind => kinds.has(value);
const isTime = (value: unknown): value is string => {
  try {
    return typeof value === 'string' && formatInstant(parseInstant(value, 'time')) === value;
  } catch (error) {
    if (error instanceof FormatError) return false;
    throw error;
  }
};

/**
 * The record in `bytes`.
 *
 * @throws StoreError `invalid` when `bytes` is not the one canonical form of a record of version 1, of at most 8 KiB
 */
export function readRecord(bytes: Uint8Array): PublishRecord {
  if (bytes.length > maxRecordBytes) throw wrong(`is ${bytes.length} bytes, wanted at most ${maxRecordBytes}`);
  const record = readMembers(readObject(bytes));
  // Writing it again finds every other spelling at once: unknown or repeated members, spaces, another order, another escape. Two
  // spellings of one record would have two hashes.
  if (Buffer.compare(canonicalBytes(record), bytes) !== 0) throw wrong('is not in its canonical form');
  return record;
}

/** The record that these members are, whatever else there is. @throws StoreError `invalid` for one that is missing or cannot be */
export function readMembers(members: Members): PublishRecord {
  const root = file(members, 'root');
  const snapshot = file(members, 'snapshot');
  const targets = file(members, 'targets');
  const more = member(members, 'more', isCount);
  const moreSigners = member(members, 'moreSigners', isCount);
  return {
    v: required(members, 'v', isOne),
    gun: required(members, 'gun', isGun),
    dialect: required(members, 'dialect', isDialectName),
    seq: required(members, 'seq', isCount),
    prev: required(members, 'prev', isHash),
    kind: required(members, 'kind', isKind),
    time: required(members, 'time', isTime),
    ...(root && { root }),
    ...(snapshot && { snapshot }),
    ...(targets && { targets }),
    changed: list(members, 'changed', isRoleName, 32),
    ...(more && { more }),
    signers: list(members, 'signers', isFingerprint, 64),
    ...(moreSigners && { moreSigners }),
  };
}

type Members = Readonly<Record<string, unknown>>;
type Guard<T> = (value: unknown) => value is T;

const isOne = (value: unknown): value is 1 => value === 1;
const isCount = (value: unknown): value is number => isWhole(value, 1);
const isMembers = (value: unknown): value is Members => typeof value === 'object' && value !== null && !Array.isArray(value);
const wrong = (what: string, cause?: unknown): StoreError => new StoreError('invalid', `the record ${what}`, { cause });

function readObject(bytes: Uint8Array): Members {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes));
  } catch (cause) {
    throw wrong('is not JSON in UTF-8', cause);
  }
  if (!isMembers(value)) throw wrong('is not an object');
  return value;
}

function member<T>(members: Members, name: string, guard: Guard<T>): T | undefined {
  if (!Object.hasOwn(members, name)) return undefined;
  const value = members[name];
  if (!guard(value)) throw wrong(`has an unusable ${name}: ${shown(JSON.stringify(value))}`);
  return value;
}

function required<T>(members: Members, name: string, guard: Guard<T>): T {
  const value = member(members, name, guard);
  if (value === undefined) throw wrong(`lacks ${name}`);
  return value;
}

function list<T extends string>(members: Members, name: string, guard: Guard<T>, most: number): readonly T[] {
  const values = required(members, name, (value): value is T[] => Array.isArray(value) && value.length <= most && value.every(guard));
  for (const [at, value] of values.entries()) {
    const before = values[at - 1];
    if (before !== undefined && before >= value) throw wrong(`has an unsorted ${name}`);
  }
  return values;
}

function file(members: Members, name: string): RecordFile | undefined {
  const value = member(members, name, isMembers);
  return value && { version: required(value, 'version', isVersion), digest: required(value, 'digest', isDigest) };
}

// The record: one line of a repository's history, chained to the one before it by hash. Clients and auditors read it, so
// `readRecord` accepts exactly one spelling: the RFC 8785 form of exactly these members.
import type { Digest, Fingerprint, Gun, RoleName, Version } from '@countersign/core';
import type { DialectName } from '../dialect-name.ts';

/** What happened. Bounded, so that a counter may carry it as a label. */
export type RecordKind = 'publish' | 'root' | 'refresh' | 'import' | 'delete';

/** A role's newest file as a record names it. */
export interface RecordFile {
  readonly version: Version;
  readonly digest: Digest;
}

/** The members of a record, as they stand in its JSON. */
export interface PublishRecord {
  readonly v: 1;
  readonly gun: Gun;
  readonly dialect: DialectName;
  /** 1 for a repository's first record, then rising by one, across deletes. */
  readonly seq: number;
  /** `recordHash` of the record before; 64 zeros for the first. */
  readonly prev: string;
  readonly kind: RecordKind;
  /** UTC, in seconds: `2025-01-31T12:00:00Z`. */
  readonly time: string;
  readonly root?: RecordFile;
  readonly snapshot?: RecordFile;
  readonly targets?: RecordFile;
  /** Names of the roles of which this change brought a version that was not reached before, sorted, without the timestamp: at most 32. */
  readonly changed: readonly RoleName[];
  /** How many more roles changed. */
  readonly more?: number;
  /** Fingerprints of the keys whose signatures counted, sorted: at most 64. */
  readonly signers: readonly Fingerprint[];
  /** How many more keys signed. */
  readonly moreSigners?: number;
}

/** A record that is not stored yet. A timestamp can name its `seq` and `hash` before the commit that brings both. */
export interface RecordDraft {
  readonly bytes: Uint8Array;
  readonly seq: number;
  /** `recordHash(bytes)`. */
  readonly hash: string;
  readonly record: PublishRecord;
}

/** A record with its place among all records of the store, from 1. */
export interface StoredRecord {
  readonly position: number;
  readonly bytes: Uint8Array;
  readonly record: PublishRecord;
}

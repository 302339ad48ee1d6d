// What a store holds, piece by piece, in words that every store understands: what `dump` gives and `load` takes. Backups are made of
// it, and whoever verifies a store reads it.
import type { Digest, Gun, RoleName, Version } from '@countersign/core';
import type { StoreError } from '../errors.ts';
import type { StoredHead } from '../line.ts';
import type { Claim, RepositoryRef } from '../repository.ts';

/** A repository as its newest commit left it; tombstones too. Begins everything that belongs to the repository. */
export interface HeadItem extends StoredHead {
  readonly item: 'head';
  readonly repository: RepositoryRef;
}

/** Which file is a version of a role, in one line (`line.ts`). */
export interface VersionItem {
  readonly item: 'version';
  readonly repository: RepositoryRef;
  readonly line: number;
  readonly role: RoleName;
  readonly version: Version;
  readonly digest: Digest;
}

/** The bytes of a file, in the life that it belongs to. */
export interface FileItem {
  readonly item: 'file';
  readonly repository: RepositoryRef;
  readonly life: number;
  readonly role: RoleName;
  readonly digest: Digest;
  readonly bytes: Uint8Array;
}

/** A draft that waits for signatures. */
export interface DraftItem {
  readonly item: 'draft';
  readonly repository: RepositoryRef;
  readonly role: RoleName;
  readonly bytes: Uint8Array;
}

export interface RecordItem {
  readonly item: 'record';
  readonly position: number;
  readonly bytes: Uint8Array;
}

export interface ClaimItem {
  readonly item: 'claim';
  readonly claim: Claim;
  readonly gun: Gun;
}

export type StoredItem = HeadItem | VersionItem | FileItem | DraftItem | RecordItem | ClaimItem;

/** In place of an item whose bytes are not the ones stored, or of one that must be there and is not. */
export interface DamagedItem {
  readonly item: 'damage';
  /** Of the repository that it belongs to, where that can be told. */
  readonly repository?: RepositoryRef;
  /** `damaged`, naming the place. */
  readonly error: StoreError;
}

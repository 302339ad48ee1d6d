// The port of the metadata store, and its promise. A trust server speaks to this interface alone; every implementation
// passes the suite in `contract.ts`, which turns the sentences below into tests.
import type { Digest, Gun, RoleName, Version } from '@countersign/core';
import type { DialectName } from './dialect-name.ts';
import type { RecordDraft, StoredRecord } from './record/record.ts';

/** A repository is a GUN in one dialect: the same GUN in the other dialect is another repository. */
export interface RepositoryRef {
  readonly gun: Gun;
  readonly dialect: DialectName;
}

declare const revision: unique symbol;
/** Rises by one with every commit of a repository and never repeats. Only a store makes one. */
export type Revision = number & { readonly [revision]: true };

/** The server-held roles whose keys have generations. */
export type ServerRole = 'snapshot' | 'timestamp';

/** The newest file of a role. */
export interface HeadFile {
  readonly role: RoleName;
  readonly version: Version;
  /** SHA-256 of the stored bytes. */
  readonly digest: Digest;
  /** In bytes. */
  readonly length: number;
}

/** A repository as one commit left it. It never changes: the next commit makes another. */
export interface Head {
  readonly revision: Revision;
  /** Of the last record; 0 before the first. */
  readonly seq: number;
  /** Hex SHA-256 of 0x00 and the last record's bytes; '' before the first. */
  readonly recordHash: string;
  /** The file of the highest version of each role that is not retired. A tombstone keeps them, though `file` no longer serves them. */
  readonly files: ReadonlyMap<RoleName, HeadFile>;
  readonly deleted: boolean;
  /** The current generation of each server-held key; a role is absent until a commit names its generation. */
  readonly generations: ReadonlyMap<ServerRole, number>;
  /** Drafts that wait for signatures: the digest of each draft's `signed`, at most one for a role. */
  readonly pending: ReadonlyMap<RoleName, Digest>;
}

/** A metadata file to keep. `digest` must be the SHA-256 of `bytes`. */
export interface NewFile {
  readonly role: RoleName;
  readonly version: Version;
  readonly bytes: Uint8Array;
  readonly digest: Digest;
}

/**
 * Something that belongs to the first GUN that commits it, for ever and across deletes: a digest of `signed` of a root, of
 * targets or of a delegated role, or a server's key. It stops metadata of one repository from being replayed in another.
 */
export interface Claim {
  /** `root`, `targets`, `delegated`, `server-key`; lower-case letters and hyphens. */
  readonly kind: string;
  /** Lower-case hexadecimal digits. */
  readonly digest: string;
}

/** A draft that waits for more signatures. It is never served as metadata; what `bytes` says is its writer's affair. */
export interface PendingDraft {
  readonly role: RoleName;
  /** SHA-256 of the canonical `signed` that people are asked to sign. */
  readonly signed: Digest;
  readonly bytes: Uint8Array;
}

/** What one commit changes. The store keeps references to the bytes until the commit settles: do not write into them. */
export interface Change {
  /** Several versions of one role are welcome (an import); the highest becomes the head's. */
  readonly files: readonly NewFile[];
  /** From `draftRecord`. Absent for a timestamp refresh and for drafts, which write no record. */
  readonly record?: RecordDraft;
  readonly claims: readonly Claim[];
  /** Roles named here get this generation; the others keep theirs. */
  readonly generations?: ReadonlyMap<ServerRole, number>;
  /** `true` makes a tombstone and drops all drafts, `false` lifts it, absent leaves it as it is. */
  readonly deleted?: boolean;
  /**
   * Starts a new life of a deleted repository: its earlier files leave the head and are never served again, so that versions
   * may be used anew. `seq`, the record chain, generations and claims continue. Only for a tombstone; needs `deleted: false`.
   */
  readonly reset?: true;
  /**
   * Delegated roles that leave the head because no delegation leads to them any more, and with them their drafts. Their files are
   * still answered by digest, for readers of an older state, and no longer by version: a later file of such a name starts over, from
   * any version. Naming a role without a file is allowed; a top-level role, or one with a file or a draft in this change, is not.
   */
  readonly retired?: readonly RoleName[];
  /** Drafts to keep, each in place of an earlier one of its role. */
  readonly pending?: readonly PendingDraft[];
  /** Roles whose draft is dropped, because it was published or withdrawn. Naming a role without a draft is allowed. */
  readonly dropPending?: readonly RoleName[];
}

export type FileRef = { readonly role: RoleName; readonly version: Version } | { readonly role: RoleName; readonly digest: Digest };

/**
 * Which records. With `repository` (deleted or not), `after` and `before` are `seq` numbers of that repository; without it,
 * they are positions in the whole store. Both bounds are exclusive. With `before` and no `after` the answer runs backward, newest
 * first; otherwise forward. `limit` is from 1 to 1000.
 */
export interface RecordQuery {
  readonly repository?: RepositoryRef;
  readonly after?: number;
  readonly before?: number;
  readonly limit: number;
}

/**
 * Fetch plus compare-and-swap.
 *
 * Atomicity: a commit must take effect whole or not at all; a reader must never see a part of it.
 * Durability: when `commit` resolves, the change must survive a crash of the process and of the machine.
 * When it rejects with `conflict`, `claimed`, `version` or `invalid`, nothing of it was kept. When it rejects with
 * `unavailable`, nobody knows: the store then refuses every further commit with `failed`, and only the heads that are read after
 * reopening tell. Until then reads answer from before the unsure write.
 * Order: commits of a repository form one line, and each compares itself with the head that the one before it left. A record's
 * `seq` rises by one in its repository and its position by one in the store, both from 1, without gaps. A commit that was settled
 * must be visible to every read begun afterwards.
 * Concurrency: every method may be called at any time, from any number of callers, without waiting for others. Of commits that
 * expect the same revision, exactly one can win. A store must have its folder or schema alone, or arbitrate between processes itself.
 * Damage: bytes that are not the ones stored must raise `damaged` and must never read as absent.
 * Life: whoever opened a store closes it. `close` must wait for commits already begun, may be called again, and every other call
 * after it rejects with `closed`.
 *
 * All rejections on purpose are `StoreError`. Returned bytes belong to the caller.
 */
export interface MetadataStore {
  /** The newest state, or `undefined` when the repository never had a commit. A tombstone has a head, with `deleted: true`. */
  head(repository: RepositoryRef): Promise<Head | undefined>;

  /**
   * A file by version or by the digest of its bytes, old ones included. `undefined` when there is none, and for every file of a
   * deleted repository or of an earlier life of it: those are kept, not served. Files from before their role was retired are found
   * by digest alone.
   */
  file(repository: RepositoryRef, ref: FileRef): Promise<Uint8Array | undefined>;

  /**
   * As `file`, but for a tombstone too: a review must compare a new root with the old root of a deleted repository. Never for
   * serving. Files of an earlier life are `undefined` here as well.
   */
  kept(repository: RepositoryRef, ref: FileRef): Promise<Uint8Array | undefined>;

  /** The bytes of the draft that waits for signatures of this role. */
  pending(repository: RepositoryRef, role: RoleName): Promise<Uint8Array | undefined>;

  /**
   * Applies `change` if the repository still stands at `expected` (`'new'`: if it never had a commit; a tombstone is not new).
   *
   * @returns the head that this commit made
   * @throws StoreError `conflict` when the head moved, or `record` does not continue it; `claimed` when a claim belongs to another
   * GUN (`details.gun`); `version` when a file's version is stored with other bytes, or is below the role's newest without being stored
   * (repeating a stored file is allowed, and changes nothing); `invalid` when the change contradicts itself; `unavailable`, `failed`, `damaged`, `closed`
   */
  commit(repository: RepositoryRef, expected: Revision | 'new', change: Change): Promise<Head>;

  /** The GUN that a claim belongs to. */
  claimant(claim: Claim): Promise<Gun | undefined>;

  /** A page of records. An empty page means that there is nothing more in that direction. */
  records(query: RecordQuery): Promise<readonly StoredRecord[]>;

  /**
   * Every repository that ever had a commit, tombstones included, in a fixed order; `after` resumes behind one. Repositories that
   * begin while it runs may or may not appear. The iteration holds nothing open: it may be left, or last for days.
   */
  repositories(range?: { readonly after?: RepositoryRef }): AsyncIterable<RepositoryRef>;

  close(): Promise<void>;
}

// The port of the metadata store, and its promise. A trust server speaks to this interface alone; every implementation
// passes the suite in `contract.ts`, which turns the sentences below into tests.
import type { Digest, Gun, RoleName, Version } from '@countersign/core';
import type { DamagedItem, StoredItem } from './dump/item.ts';
import type { StoredRecord } from './record/record.ts';
import type { Change, Claim, Head, RepositoryRef, Revision } from './repository.ts';

export type { Change, Claim, Head, HeadFile, NewFile, PendingDraft, RepositoryRef, Revision, ServerRole } from './repository.ts';

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
 * `unavailable`, nobody knows. A store that has its data alone then refuses every further commit with `failed`, and only the heads that
 * are read after reopening tell; until then reads answer from before the unsure write. A store that arbitrates between processes goes on:
 * the unsure commit may still be kept a moment later, as if another process had made it, and every commit compares itself with what is kept.
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
   * serving. Files of an earlier life are `undefined` here as well. `known` is a head of this repository that was read from this store:
   * what it names may be answered as of then, so that a judgement which commits against that head does not ask for it again.
   */
  kept(repository: RepositoryRef, ref: FileRef, known?: Head): Promise<Uint8Array | undefined>;

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

  /** The GUN that each claim belongs to, in their order. */
  claimants(claims: readonly Claim[]): Promise<readonly (Gun | undefined)[]>;

  /** A page of records. An empty page means that there is nothing more in that direction. */
  records(query: RecordQuery): Promise<readonly StoredRecord[]>;

  /**
   * Every repository that ever had a commit, tombstones included, in a fixed order; `after` resumes behind one. Repositories that
   * begin while it runs may or may not appear. The iteration holds nothing open: it may be left, or last for days.
   */
  repositories(range?: { readonly after?: RepositoryRef }): AsyncIterable<RepositoryRef>;

  /**
   * Everything that is kept, as it stood at one moment between the first call of `next` and the first item: what is committed meanwhile
   * is not in it, and does not wait for it. Repository by repository, in the order of `repositories`: the head, all versions of all
   * lines, all files of all lives, and all drafts; then all records by position; then all claims, ordered by kind and digest. What is
   * damaged is told in its place, and the rest goes on. Whoever leaves it early must call `return`, as `for await` does.
   */
  dump(): AsyncIterable<StoredItem | DamagedItem>;

  /**
   * The inverse of `dump`: afterwards this store answers everything as that one did, revisions and positions included. It must be
   * checked with `soundItems` on the way, must be durable when it resolves, and must be used by nobody else until then. A process
   * that ends before leaves a store that is refused (`schema`) or empty.
   *
   * @throws StoreError `invalid` for a store that ever had a commit; `damaged` for items that do not agree, after which the store must
   * be thrown away; `unavailable`
   */
  load(items: AsyncIterable<StoredItem | DamagedItem>): Promise<void>;

  /** Only of a store that other processes write to as well. */
  movedSince?: SharedStore['movedSince'];

  /**
   * Ends the doubt that an unsure write left: when it resolves, reads answer from what is really kept, the unsure write whole or not at
   * all, and commits are taken again. Reads may wait for it meanwhile. Without a doubt it does nothing. A store that leaves none has no
   * such method, or one that resolves at once.
   *
   * @throws StoreError `unavailable` when it is not possible yet: it may be called again; any other code when it never will be
   */
  reopen?(): Promise<void>;

  /** What this process did since the store was opened, for metrics. `batches` is below `commits` where commits were merged. */
  readonly counts?: { readonly commits: number; readonly refused: number; readonly batches: number };

  close(): Promise<void>;
}

/**
 * A store that other processes write to as well. Whoever keeps what was read must ask what moved before trusting it again.
 */
export interface SharedStore {
  /**
   * The repositories that anybody committed to after the moment `since`, commits without a record included, and the moment of this
   * answer, to be asked with next. Moments are whole numbers that rise; without `since`, `moved` is empty. `'many'`: more than are listed,
   * so that nothing that was kept may be trusted. Whatever was settled before the call is in the answer or was in an earlier one.
   */
  movedSince(since: number | undefined): Promise<{ readonly now: number; readonly moved: readonly RepositoryRef[] | 'many' }>;
}

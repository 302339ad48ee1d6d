// The one writer of a LevelDB store. Commits that wait at the same moment become one atomic batch and one fsync; each is judged
// against the heads as the earlier ones in the batch leave them, and one that loses, loses alone.
import { StoreError } from '../errors.ts';
import { GroupCommit, type Waiting, type WriterCounts } from '../group-commit.ts';
import type { Change, Head, RepositoryRef, Revision } from '../store.ts';
import type { RecentHeads } from './recent-heads.ts';
import { Staging } from './staging.ts';
import type { Table } from './table.ts';

export class Writer {
  readonly #table: Table;
  readonly #heads: RecentHeads;
  readonly #group = new GroupCommit((batch) => this.#writeBatch(batch));
  #counts: WriterCounts = { commits: 0, refused: 0, batches: 0 };
  #lastPosition: number;
  #failure: { readonly cause: unknown } | undefined;

  /** `heads` is told of those of each batch that was written, before those who wait for it are. */
  constructor(table: Table, lastPosition: number, heads: RecentHeads) {
    this.#table = table;
    this.#lastPosition = lastPosition;
    this.#heads = heads;
  }

  /** The position of the newest record on disk. */
  get lastPosition(): number {
    return this.#lastPosition;
  }

  /** After a load, while nobody writes. */
  continueAt(lastPosition: number): void {
    this.#lastPosition = lastPosition;
  }

  /** Whether an earlier write is unsure, and what made it so. */
  get failure(): unknown {
    return this.#failure?.cause;
  }

  /** Goes on after an unsure write. Only for whoever opened the table anew, and so knows where its records end. */
  goOn(lastPosition: number): void {
    if (!this.#failure) return;
    this.#lastPosition = lastPosition;
    this.#failure = undefined;
  }

  get counts(): WriterCounts {
    return this.#counts;
  }

  async commit(repository: RepositoryRef, expected: Revision | 'new', change: Change): Promise<Head> {
    if (this.#failure && !this.#group.isClosed)
      throw new StoreError('failed', 'an earlier write was unsure: reopen the store', this.#failure);
    return await this.#group.commit(repository, expected, change);
  }

  /** Refuses new commits and waits for those already begun. */
  async close(): Promise<void> {
    await this.#group.close();
  }

  async #writeBatch(batch: readonly Waiting[]): Promise<void> {
    const staging = new Staging(this.#table, this.#heads, this.#lastPosition);
    const won = new Map<Waiting, Head>();
    const lost = new Map<Waiting, unknown>();
    for (const waiting of batch) {
      try {
        won.set(waiting, await staging.add(waiting));
      } catch (error) {
        lost.set(waiting, error);
      }
    }
    try {
      if (won.size > 0) await this.#table.write(staging.writes);
    } catch (cause) {
      // Nobody knows what reached the disk. A commit that lost against one in this batch lost against something that may not exist.
      this.#fail(batch, cause);
      return;
    }
    this.#lastPosition = staging.lastPosition;
    this.#heads.wrote(staging.heads);
    const { commits, refused, batches } = this.#counts;
    this.#counts = { commits: commits + won.size, refused: refused + lost.size, batches: batches + (won.size > 0 ? 1 : 0) };
    for (const [waiting, head] of won) waiting.resolve(head);
    for (const [waiting, error] of lost) waiting.reject(error);
  }

  #fail(batch: readonly Waiting[], cause: unknown): void {
    this.#failure = { cause };
    for (const waiting of [...batch, ...this.#group.abandon()]) {
      waiting.reject(new StoreError('unavailable', 'the write failed: nobody knows whether it is kept', { cause }));
    }
  }
}

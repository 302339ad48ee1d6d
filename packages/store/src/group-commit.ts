// Commits that wait at the same moment are settled together: one batch at a time, in the order they came. What settling a batch means
// is the store's affair; that a store on disk pays one fsync for all of them is the point.
import { checkChange } from './check-change.ts';
import { StoreError } from './errors.ts';
import type { Change, Head, RepositoryRef, Revision } from './store.ts';

/** One commit as its caller gave it. */
export interface Task {
  readonly repository: RepositoryRef;
  readonly expected: Revision | 'new';
  readonly change: Change;
}

/** A commit whose caller waits: exactly one of the two must be called. */
export interface Waiting extends Task {
  readonly bytes: number;
  resolve(head: Head): void;
  reject(error: unknown): void;
}

/** What a store did since it was opened. `batches` is the number of fsyncs; it is below `commits` when commits were merged. */
export interface WriterCounts {
  readonly commits: number;
  readonly refused: number;
  readonly batches: number;
}

/** A batch stops growing here, so that many large uploads at once do not become one huge write. */
const maxBatchBytes = 64 * 1024 * 1024;

export class GroupCommit {
  readonly #settle: (batch: readonly Waiting[]) => Promise<void>;
  readonly #queue: Waiting[] = [];
  #running: Promise<void> | undefined;
  #isClosed = false;

  /** `settle` must not reject, and must settle everything in its batch. */
  constructor(settle: (batch: readonly Waiting[]) => Promise<void>) {
    this.#settle = settle;
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  async commit(repository: RepositoryRef, expected: Revision | 'new', change: Change): Promise<Head> {
    if (this.#isClosed) throw new StoreError('closed', 'the store is closed');
    checkChange(repository, change);
    const bytes = [...change.files, ...(change.pending ?? [])].reduce((sum, file) => sum + file.bytes.length, 0);
    return new Promise((resolve, reject) => {
      this.#queue.push({ repository, expected, change, bytes, resolve, reject });
      this.#running ??= this.#drain();
    });
  }

  /** Takes away all that still waits. */
  abandon(): readonly Waiting[] {
    return this.#queue.splice(0);
  }

  /** Refuses new commits and waits for those already begun. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#running;
  }

  async #drain(): Promise<void> {
    // Commits of the same turn of the event loop go into the first batch.
    await Promise.resolve();
    while (this.#queue.length > 0) await this.#settle(this.#take());
    this.#running = undefined;
  }

  #take(): readonly Waiting[] {
    let bytes = 0;
    const end = this.#queue.findIndex((waiting, index) => {
      bytes += waiting.bytes;
      return index > 0 && bytes > maxBatchBytes;
    });
    return this.#queue.splice(0, end === -1 ? this.#queue.length : end);
  }
}

// The one writer of a LevelDB store. Commits that wait at the same moment become one atomic batch and one fsync; each is judged
// against the heads as the earlier ones in the batch leave them, and one that loses, loses alone.
import { checkChange } from '../check-change.ts';
import { StoreError } from '../errors.ts';
import type { Change, Head, RepositoryRef, Revision } from '../store.ts';
import { Staging, type Task } from './staging.ts';
import type { Table } from './table.ts';

interface Waiting extends Task {
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

export class Writer {
  readonly #table: Table;
  readonly #settled: (repositories: readonly RepositoryRef[]) => void;
  readonly #queue: Waiting[] = [];
  #counts: WriterCounts = { commits: 0, refused: 0, batches: 0 };
  #lastPosition: number;
  #running: Promise<void> | undefined;
  #failure: unknown;
  #state: 'open' | 'failed' | 'closed' = 'open';

  /** `settled` is told of the repositories of each batch that was written, before those who wait for it are. */
  constructor(table: Table, lastPosition: number, settled: (repositories: readonly RepositoryRef[]) => void = () => undefined) {
    this.#table = table;
    this.#lastPosition = lastPosition;
    this.#settled = settled;
  }

  /** The position of the newest record on disk. */
  get lastPosition(): number {
    return this.#lastPosition;
  }

  /** After a load, while nobody writes. */
  continueAt(lastPosition: number): void {
    this.#lastPosition = lastPosition;
  }

  get counts(): WriterCounts {
    return this.#counts;
  }

  async commit(repository: RepositoryRef, expected: Revision | 'new', change: Change): Promise<Head> {
    this.#checkState();
    checkChange(repository, change);
    const bytes = [...change.files, ...(change.pending ?? [])].reduce((sum, file) => sum + file.bytes.length, 0);
    return new Promise((resolve, reject) => {
      this.#queue.push({ repository, expected, change, bytes, resolve, reject });
      this.#running ??= this.#drain();
    });
  }

  /** Refuses new commits and waits for those already begun. */
  async close(): Promise<void> {
    this.#state = 'closed';
    await this.#running;
  }

  /** Whether an earlier write is unsure, and what made it so. */
  get failure(): unknown {
    return this.#state === 'failed' ? this.#failure : undefined;
  }

  /** Goes on after an unsure write. Only for whoever opened the table anew, and so knows where its records end. */
  goOn(lastPosition: number): void {
    if (this.#state !== 'failed') return;
    this.#lastPosition = lastPosition;
    this.#failure = undefined;
    this.#state = 'open';
  }

  #checkState(): void {
    if (this.#state === 'closed') throw new StoreError('closed', 'the store is closed');
    if (this.#state === 'failed') {
      throw new StoreError('failed', 'an earlier write was unsure: reopen the store', { cause: this.#failure });
    }
  }

  async #drain(): Promise<void> {
    // Commits of the same turn of the event loop go into the first batch.
    await Promise.resolve();
    while (this.#queue.length > 0) await this.#writeBatch(this.#take());
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

  async #writeBatch(batch: readonly Waiting[]): Promise<void> {
    const staging = new Staging(this.#table, this.#lastPosition);
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
    this.#settled([...won.keys()].map(({ repository }) => repository));
    const { commits, refused, batches } = this.#counts;
    this.#counts = { commits: commits + won.size, refused: refused + lost.size, batches: batches + (won.size > 0 ? 1 : 0) };
    for (const [waiting, head] of won) waiting.resolve(head);
    for (const [waiting, error] of lost) waiting.reject(error);
  }

  #fail(batch: readonly Waiting[], cause: unknown): void {
    this.#state = 'failed';
    this.#failure = cause;
    for (const waiting of [...batch, ...this.#queue.splice(0)]) {
      waiting.reject(new StoreError('unavailable', 'the write failed: nobody knows whether it is kept', { cause }));
    }
  }
}

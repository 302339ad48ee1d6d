// The writer of one process. Commits that wait at the same moment share one transaction; other processes do the same, and the locks on
// heads arbitrate. A connection that is lost in the middle leaves a question, which the row of the transaction's token answers.
import { randomBytes } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { StoreError } from '../errors.ts';
import { GroupCommit, type Waiting, type WriterCounts } from '../group-commit.ts';
import type { Change, Head, RepositoryRef, Revision } from '../store.ts';
import type { Address } from './address.ts';
import { Line, type PostgresStoreOptions, refusalOf, unavailable } from './connection.ts';
import { lock } from './lock.ts';
import { keptMoves } from './moves.ts';
import { Staging } from './staging.ts';
import { recordAndCommit, write } from './write.ts';

const mostAttempts = 20;
const batchesBetweenSweeps = 1000;
const pauseMilliseconds = 50;

/** Somebody else won a row that both inserted, or the database could not order two transactions: the same again may well succeed. */
const worthRetrying: ReadonlySet<string | undefined> = new Set(['23505', '40001', '40P01']);

/** What the batch comes to if its transaction is kept. */
interface Judged {
  readonly won: ReadonlyMap<Waiting, Head>;
  readonly lost: ReadonlyMap<Waiting, unknown>;
}
type Tried =
  | { readonly outcome: 'settled'; readonly judged: Judged }
  | { readonly outcome: 'undone'; readonly cause: unknown }
  | { readonly outcome: 'unsure'; readonly judged: Judged; readonly cause: unknown };

export class Writer {
  readonly #address: Address;
  readonly #options: PostgresStoreOptions;
  readonly #group = new GroupCommit((batch) => this.#settle(batch));
  /** Of transactions whose fate could not be asked in time. */
  readonly #unsure = new Set<string>();
  #line: Line | undefined;
  #counts: WriterCounts = { commits: 0, refused: 0, batches: 0 };

  constructor(address: Address, options: PostgresStoreOptions, line: Line) {
    this.#address = address;
    this.#options = options;
    this.#line = line;
  }

  get counts(): WriterCounts {
    return this.#counts;
  }

  commit(repository: RepositoryRef, expected: Revision | 'new', change: Change): Promise<Head> {
    return this.#group.commit(repository, expected, change);
  }

  /** As `MetadataStore.reopen`: asks what became of every transaction that is in doubt. What is undone then can never be kept any more. */
  async reopen(): Promise<void> {
    for (const token of [...this.#unsure, randomBytes(16).toString('hex')]) {
      const fate = await this.#fateOf(token, performance.now());
      if (fate === 'unknown') throw unavailable(this.#address, 'takes no writes yet', undefined);
      this.#unsure.delete(token);
    }
  }

  /** Refuses new commits and waits for those already begun. */
  async close(): Promise<void> {
    await this.#group.close();
    await this.#line?.discard();
  }

  async #settle(batch: readonly Waiting[]): Promise<void> {
    const end = performance.now() + this.#options.reconnectTimeout;
    for (let attempt = 1; ; attempt += 1) {
      const token = randomBytes(16).toString('hex');
      const tried = await this.#try(batch, token);
      if (tried.outcome === 'settled') return this.#tell(tried.judged);
      if (tried.outcome === 'unsure') {
        const fate = await this.#fateOf(token, end);
        if (fate === 'kept') return this.#tell(tried.judged);
        if (fate === 'unknown') {
          this.#unsure.add(token);
          return this.#refuse(batch, 'went away in the middle of a commit: nobody knows whether it is kept', tried.cause);
        }
      }
      const refusal = refusalOf(tried.cause);
      if (worthRetrying.has(refusal) && attempt < mostAttempts) continue;
      if (refusal !== undefined || tried.cause instanceof StoreError) return await this.#settleAlone(batch, tried.cause);
      if (performance.now() >= end) return this.#refuse(batch, 'cannot be reached: nothing of the commit is kept', tried.cause);
      await pause(pauseMilliseconds);
    }
  }

  /** What one commit in a batch cannot have, the others need not go without. */
  async #settleAlone(batch: readonly Waiting[], cause: unknown): Promise<void> {
    if (batch.length > 1) {
      for (const waiting of batch) await this.#settle([waiting]);
    } else if (cause instanceof StoreError) {
      batch[0]?.reject(cause);
    } else {
      this.#refuse(batch, `refused the commit (${refusalOf(cause)}): nothing of it is kept`, cause);
    }
  }

  async #try(batch: readonly Waiting[], token: string): Promise<Tried> {
    let judged: Judged | undefined;
    let line: Line | undefined;
    try {
      const opened = await this.#open();
      line = opened;
      const staging = new Staging(await opened.run(() => lock(opened, batch)));
      const verdict = judge(staging, batch);
      if (verdict.won.size > 0) {
        judged = verdict;
        await opened.run(() => write(opened, staging, token));
        await opened.run(() => recordAndCommit(opened, staging));
      } else {
        await opened.run(async () => opened.sql`rollback`);
      }
      return { outcome: 'settled', judged: verdict };
    } catch (cause) {
      if (line === undefined || !line.isLost) return await this.#undo(line, cause);
      return judged ? { outcome: 'unsure', judged, cause } : { outcome: 'undone', cause };
    }
  }

  /** After a refusal, which the database has undone by itself: only the transaction is still to be left. */
  async #undo(line: Line | undefined, cause: unknown): Promise<Tried> {
    try {
      await line?.run(async () => line.sql`rollback`);
    } catch {
      // The line is lost, and with it the transaction: it was not committed.
    }
    return { outcome: 'undone', cause };
  }

  /**
   * What became of a transaction whose answer was lost. Whoever inserts its token second waits for the first: either it is kept, or it can
   * never be kept any more.
   */
  async #fateOf(token: string, end: number): Promise<'kept' | 'undone' | 'unknown'> {
    for (;;) {
      try {
        const line = await this.#open();
        const { sql } = line;
        await line.run(async () => sql`insert into countersign_batches (token, kept) values (${token}, false) on conflict do nothing`);
        const [found] = await line.run(async () => sql<{ kept: boolean }[]>`select kept from countersign_batches where token = ${token}`);
        if (found) return found.kept ? 'kept' : 'undone';
      } catch {
        // Not reached, or the first one is still at work.
      }
      if (performance.now() >= end) return 'unknown';
      await pause(pauseMilliseconds);
    }
  }

  async #open(): Promise<Line> {
    if (this.#line === undefined || this.#line.isLost) this.#line = await Line.open(this.#address, this.#options);
    return this.#line;
  }

  #tell({ won, lost }: Judged): void {
    const { commits, refused, batches } = this.#counts;
    this.#counts = { commits: commits + won.size, refused: refused + lost.size, batches: batches + (won.size > 0 ? 1 : 0) };
    for (const [waiting, head] of won) waiting.resolve(head);
    for (const [waiting, error] of lost) waiting.reject(error);
    if (won.size > 0 && this.#counts.batches % batchesBetweenSweeps === 0) this.#sweep();
  }

  #refuse(batch: readonly Waiting[], what: string, cause: unknown): void {
    for (const waiting of batch) waiting.reject(unavailable(this.#address, what, cause));
  }

  /** No transaction lasts for a day. Sent before the next one begins, and no harm when it fails. */
  #sweep(): void {
    const line = this.#line;
    if (!line || line.isLost) return;
    const swept = (): Promise<unknown> =>
      Promise.all([
        line.sql`delete from countersign_batches where made < now() - interval '1 day'`,
        line.sql`delete from countersign_moves where moment <= (select moment from countersign_last where id = 1) - ${keptMoves}::bigint`,
      ]);
    line.run(swept).catch(() => undefined);
  }
}

function judge(staging: Staging, batch: readonly Waiting[]): Judged {
  const won = new Map<Waiting, Head>();
  const lost = new Map<Waiting, unknown>();
  for (const waiting of batch) {
    try {
      won.set(waiting, staging.add(waiting));
    } catch (error) {
      lost.set(waiting, error);
    }
  }
  return { won, lost };
}

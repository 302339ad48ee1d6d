// Connections to PostgreSQL: the one file that imports `postgres`. Reads share a pool that mends itself. What needs several
// statements in a row on one connection gets a `Line`, which is thrown away at the first doubt: a statement that ran on a connection
// other than the one that began its transaction would be kept by itself.
import postgres from 'postgres';
import { StoreError } from '../errors.ts';
import type { Address } from './address.ts';

/** Times are in milliseconds. Nothing has a default: what is right depends on who waits. */
export interface PostgresStoreOptions {
  /** How the database lists this program's connections (`pg_stat_activity`). */
  readonly applicationName: string;
  /** Connections that reads share. Commits use one more, large files up to four more while they last. */
  readonly connections: number;
  /** How long a statement waits for a row that another transaction holds. */
  readonly lockTimeout: number;
  /** How long a statement may take, and a transaction may stay idle. The database ends what takes longer. */
  readonly statementTimeout: number;
  /**
   * How long a read waits, further tries included, before it is `unavailable`; of a large file, how long it waits for the next part. When
   * nothing at all was heard for so long, further reads are refused at once, until the database answers again.
   */
  readonly readTimeout: number;
  /** How long a commit waits for a database that went away, before it is `unavailable`; also how long connecting may take. */
  readonly reconnectTimeout: number;
}

export type Sql = postgres.Sql<{ bigint: number }>;

// Of PostgreSQL: int8. Positions, versions and lengths are safe integers by their guards; anything else must not be rounded.
const wholeNumbers = {
  to: 20,
  from: [20],
  serialize: String,
  parse(text: string): number {
    const number = Number(text);
    if (!Number.isSafeInteger(number)) throw new RangeError(`the database answered ${text}, wanted a whole number below 2^53`);
    return number;
  },
};

/** A pool of connections, none of them made yet. `lost` is called when one ends, whatever the reason. */
export function connectTo(address: Address, options: PostgresStoreOptions, max: number, lost: () => void = () => undefined): Sql {
  const { applicationName, lockTimeout, statementTimeout, reconnectTimeout } = options;
  return postgres(address.url, {
    max,
    types: { bigint: wholeNumbers },
    fetch_types: false,
    onnotice: () => undefined,
    onclose: lost,
    connect_timeout: Math.max(1, Math.ceil(reconnectTimeout / 1000)),
    // Without this the driver waits up to 20 s before it tries a database again that is back.
    backoff: () => 0.1,
    // 'read-write' was seen to pick a standby.
    ...(address.hosts > 1 && { target_session_attrs: 'primary' as const }),
    connection: {
      application_name: applicationName,
      lock_timeout: lockTimeout,
      statement_timeout: statementTimeout,
      idle_in_transaction_session_timeout: statementTimeout,
    },
  });
}

/** SQLSTATE of an error that the database sent, after which the connection is still good. */
export function refusalOf(error: unknown): string | undefined {
  if (!(error instanceof postgres.PostgresError)) return undefined;
  const ended = error.severity === 'FATAL' || error.severity === 'PANIC' || error.code.startsWith('08') || error.code === '40003';
  return ended ? undefined : error.code;
}

/** A connection that ended by itself, like those of the driver's own pools: who only read may ask again over another one. */
class ConnectionLost extends Error {
  readonly code = 'CONNECTION_CLOSED';
}

/** One connection for several statements in a row. After `isLost` nothing may be sent over it. */
export class Line {
  readonly sql: postgres.ReservedSql<{ bigint: number }>;
  readonly #pool: Sql;
  readonly #patience: number;
  readonly #readTimeout: number;
  /** How those who wait for an answer are told that none will come. */
  readonly #waiting = new Set<(why: Error) => void>();
  #lost: Error | undefined;

  /** @throws whatever connecting throws */
  static async open(address: Address, options: PostgresStoreOptions): Promise<Line> {
    let lose: () => void = () => undefined;
    const pool = connectTo(address, options, 1, () => lose());
    try {
      // Reserving a connection that does not stand yet would wait for ever.
      await within(options.reconnectTimeout, pool`select 1`);
      const line = new Line(pool, await pool.reserve(), options);
      lose = () => line.#onLost(new ConnectionLost('the connection to the database ended'));
      return line;
    } catch (error) {
      void pool.end({ timeout: 0 });
      throw error;
    }
  }

  private constructor(pool: Sql, sql: postgres.ReservedSql<{ bigint: number }>, options: PostgresStoreOptions) {
    this.#pool = pool;
    this.sql = sql;
    // The database ends a statement by itself; this is for one that does not answer at all.
    this.#patience = options.statementTimeout + 1000;
    this.#readTimeout = options.readTimeout;
  }

  get isLost(): boolean {
    return this.#lost !== undefined;
  }

  /**
   * Runs statements. When it rejects with anything but a refusal of the database, the line is lost, and nobody knows what was done.
   */
  async run<T>(work: () => Promise<T>): Promise<T> {
    if (this.#lost !== undefined) throw this.#lost;
    let giveUp: (why: Error) => void = () => undefined;
    // Not a race against a promise that lives as long as the line: that one would keep every answer there ever was.
    const answered = new Promise<T>((resolve, reject) => {
      giveUp = reject;
      this.#waiting.add(giveUp);
      work().then(resolve, reject);
    });
    try {
      return await within(this.#patience, answered);
    } catch (error) {
      if (refusalOf(error) === undefined) void this.discard();
      throw error;
    } finally {
      this.#waiting.delete(giveUp);
    }
  }

  /** For what comes in parts: ends the connection unless the next part is told of in time. `over` must be called at the end. */
  expectParts(): { next(): void; over(): void } {
    const watch = setTimeout(() => void this.discard(), this.#readTimeout);
    return { next: () => void watch.refresh(), over: () => clearTimeout(watch) };
  }

  /** Ends the connection, whatever it is at. */
  async discard(): Promise<void> {
    this.#onLost(new Error('the connection to the database was given up'));
    await this.#pool.end({ timeout: 0 });
  }

  #onLost(why: Error): void {
    this.#lost ??= why;
    for (const giveUp of this.#waiting) giveUp(this.#lost);
  }
}

export class NoAnswer extends Error {}

/** A promise that somebody may still be waiting for when its time is over; the driver alone cannot tell a silent database from a slow one. */
export async function within<T>(milliseconds: number, promise: PromiseLike<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new NoAnswer(`no answer within ${milliseconds} ms`)), milliseconds);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

export const unavailable = (address: Address, what: string, cause: unknown): StoreError =>
  new StoreError('unavailable', `the database ${address.shown} ${what}`, { cause, details: { database: address.shown } });

// Reading. A read changes nothing, so one whose connection was lost is asked again: after a failover the pool is full of dead ones.
// A database that says nothing at all is worse than one that is gone: whoever waits for it waits for each of several reads. So only the
// first ones wait; then all are refused at once, and one question at a time finds out when it answers again.
import { setTimeout as pause } from 'node:timers/promises';
import { StoreError } from '../errors.ts';
import { Turns } from '../turns.ts';
import type { Address } from './address.ts';
import { connectTo, Line, NoAnswer, type PostgresStoreOptions, refusalOf, type Sql, unavailable, within } from './connection.ts';
import { type ContentRow, contentOver } from './content.ts';

// Each large content takes a connection of its own, of which a database has a hundred for everybody.
const largeAtOnce = 4;
const spareLines = 2;
const pauseMilliseconds = 250;
// The second connection may be as dead as the first, and not have told yet.
const mostAttempts = 3;
const beforeLast = 50;

export class Reads {
  readonly #address: Address;
  readonly #options: PostgresStoreOptions;
  #pool: Sql;
  readonly #spare: Line[] = [];
  readonly #large = new Turns(largeAtOnce);
  #isClosed = false;
  #isSilent = false;
  /** When the database last answered anything: one that is slow for many is not silent. */
  #heard = performance.now();

  constructor(address: Address, options: PostgresStoreOptions) {
    this.#address = address;
    this.#options = options;
    this.#pool = this.#connect();
  }

  /** @throws StoreError `closed`, `unavailable` */
  async ask<T>(query: (sql: Sql) => PromiseLike<T>): Promise<T> {
    const end = performance.now() + this.#options.readTimeout;
    return await this.#again(async () => {
      const pool = this.#pool;
      try {
        const answer = await within(Math.max(0, Math.round(end - performance.now())), query(pool));
        this.#heard = performance.now();
        return answer;
      } catch (error) {
        if (error instanceof NoAnswer) this.#unanswered(pool);
        throw error;
      }
    });
  }

  /** The bytes of a content, of any size. @throws StoreError `closed`, `unavailable` */
  async content(row: ContentRow): Promise<Uint8Array> {
    if (row.blob === null) return new Uint8Array(row.bytes ?? []);
    return await this.#large.run(() => this.#again(() => this.#overSpare((line) => contentOver(line, row))));
  }

  /** Over a connection that is kept for the next content, unless this one failed: it may be in the middle of anything then. */
  async #overSpare<T>(work: (line: Line) => Promise<T>): Promise<T> {
    const line = this.#spare.pop() ?? (await Line.open(this.#address, this.#options));
    let isGood = false;
    try {
      const result = await work(line);
      isGood = !this.#isClosed && this.#spare.length < spareLines;
      return result;
    } finally {
      if (isGood) this.#spare.push(line);
      else await line.discard();
    }
  }

  /** A walk that has a connection for itself, which ends with it: for what must see one moment, or write much at once. */
  async *overOneLine<Item>(walk: (line: Line) => AsyncIterable<Item>): AsyncGenerator<Item> {
    const line = await this.#again(() => Line.open(this.#address, this.#options));
    try {
      yield* walk(line);
    } catch (error) {
      throw error instanceof StoreError ? error : unavailable(this.#address, 'went away on the way', error);
    } finally {
      await line.discard();
    }
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await Promise.all(this.#spare.splice(0).map((line) => line.discard()));
    await this.#pool.end({ timeout: 1 });
  }

  /** One of the connections is dead, or all of them are, or the database has too much to do: it ends slow statements by itself. */
  #unanswered(pool: Sql): void {
    if (this.#pool !== pool || this.#isClosed || this.#isSilent) return;
    if (performance.now() - this.#heard < this.#options.readTimeout) {
      this.#renew(this.#options.readTimeout);
      return;
    }
    this.#isSilent = true;
    void this.#listen();
  }

  /** New reads get new connections; those under way have a while to end. */
  #renew(grace: number): void {
    const old = this.#pool;
    this.#pool = this.#connect();
    void old.end({ timeout: grace / 1000 });
  }

  async #listen(): Promise<void> {
    while (!this.#isClosed) {
      this.#renew(0);
      try {
        await within(this.#options.readTimeout, this.#pool`select 1`);
        this.#heard = performance.now();
        this.#isSilent = false;
        return;
      } catch {
        // Gone, or silent still.
        await pause(pauseMilliseconds, undefined, { ref: false });
      }
    }
  }

  /** The database itself ends a read that nobody waits for any more. */
  #connect(): Sql {
    const { connections, readTimeout } = this.#options;
    return connectTo(this.#address, { ...this.#options, statementTimeout: readTimeout }, connections);
  }

  async #again<T>(read: () => Promise<T>): Promise<T> {
    for (let attempt = 1; ; attempt += 1) {
      if (this.#isClosed) throw new StoreError('closed', 'the store is closed');
      if (this.#isSilent) throw unavailable(this.#address, 'does not answer', undefined);
      try {
        return await read();
      } catch (error) {
        if (attempt === mostAttempts || !isLoss(error)) throw unavailable(this.#address, 'cannot be read', error);
        if (attempt === mostAttempts - 1) await pause(beforeLast);
      }
    }
  }
}

/** Not for one that is silent: who waited once for nothing must not wait twice. */
const isLoss = (error: unknown): boolean => refusalOf(error) === undefined && error instanceof Error && 'code' in error;

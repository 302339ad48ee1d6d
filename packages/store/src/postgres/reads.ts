// Reading. A read changes nothing, so one whose connection was lost is asked once more: after a failover the pool is full of dead ones.
import { StoreError } from '../errors.ts';
import type { Address } from './address.ts';
import { connectTo, Line, NoAnswer, type PostgresStoreOptions, refusalOf, type Sql, unavailable, within } from './connection.ts';
import { type ContentRow, contentOver } from './content.ts';

const spareLines = 2;

export class Reads {
  readonly #address: Address;
  readonly #options: PostgresStoreOptions;
  #pool: Sql;
  readonly #spare: Line[] = [];
  #isClosed = false;

  constructor(address: Address, options: PostgresStoreOptions) {
    this.#address = address;
    this.#options = options;
    this.#pool = connectTo(address, options, options.connections);
  }

  /** @throws StoreError `closed`, `unavailable` */
  ask<T>(query: (sql: Sql) => PromiseLike<T>): Promise<T> {
    return this.#twice(async () => {
      const pool = this.#pool;
      try {
        return await within(this.#options.statementTimeout + 1000, query(pool));
      } catch (error) {
        if (error instanceof NoAnswer) this.#replace(pool);
        throw error;
      }
    });
  }

  /** The bytes of a content, of any size. @throws StoreError `closed`, `unavailable` */
  async content(row: ContentRow): Promise<Uint8Array> {
    if (row.blob === null) return new Uint8Array(row.bytes ?? []);
    return await this.#twice(async () => {
      const line = this.#spare.pop() ?? (await Line.open(this.#address, this.#options));
      const content = await contentOver(line, row);
      if (this.#isClosed || this.#spare.length >= spareLines) await line.discard();
      else this.#spare.push(line);
      return content;
    });
  }

  /** A walk that has a connection for itself, which ends with it: for what must see one moment, or write much at once. */
  async *overOneLine<Item>(walk: (line: Line) => AsyncIterable<Item>): AsyncGenerator<Item> {
    const line = await this.#twice(() => Line.open(this.#address, this.#options));
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

  /** The database ends slow statements by itself: one that says nothing at all is behind a dead connection, or one that is made over and over. */
  #replace(pool: Sql): void {
    if (this.#pool !== pool || this.#isClosed) return;
    this.#pool = connectTo(this.#address, this.#options, this.#options.connections);
    void pool.end({ timeout: 0 });
  }

  async #twice<T>(read: () => Promise<T>): Promise<T> {
    for (let attempt = 1; ; attempt += 1) {
      if (this.#isClosed) throw new StoreError('closed', 'the store is closed');
      try {
        return await read();
      } catch (error) {
        if (attempt === 1 && isLoss(error)) continue;
        throw unavailable(this.#address, 'cannot be read', error);
      }
    }
  }
}

/** Not for one that is silent: who waited once for nothing must not wait twice. */
const isLoss = (error: unknown): boolean => refusalOf(error) === undefined && error instanceof Error && 'code' in error;

// A table that can be closed and opened again under those who read from it: they wait for that moment instead of being refused.
import { StoreError } from '../errors.ts';
import type { Table, TableSnapshot, Writes } from './table.ts';

export class ReplaceableTable implements Table {
  #table: Table | undefined;
  #replacing: Promise<void> | undefined;
  #reads = 0;
  #lastRead: (() => void) | undefined;

  constructor(table: Table) {
    this.#table = table;
  }

  getMany(keys: readonly string[]): Promise<readonly (Uint8Array | undefined)[]> {
    return this.#read((table) => table.getMany(keys));
  }

  keys(range: Parameters<Table['keys']>[0]): Promise<readonly string[]> {
    return this.#read((table) => table.keys(range));
  }

  write(writes: Writes): Promise<void> {
    return this.#current().write(writes);
  }

  /** Of the table that is open now: it ends with that one, and whoever walks through it is told so. */
  snapshot(): TableSnapshot {
    return this.#current().snapshot();
  }

  async close(): Promise<void> {
    await this.#replacing?.catch(() => undefined);
    await this.#table?.close();
  }

  /**
   * Closes the table when the reads under way are done, and opens another with `open`. Must not be called while something is being written.
   * When it rejects there is no table: reads reject with `unavailable` until another call resolves.
   */
  async replace<Result>(open: () => Promise<Table>, judge: (table: Table) => Promise<Result>): Promise<Result> {
    let done = (): void => undefined;
    this.#replacing = new Promise((resolve) => {
      done = resolve;
    });
    try {
      if (this.#reads > 0) {
        await new Promise<void>((resolve) => {
          this.#lastRead = resolve;
        });
      }
      const old = this.#table;
      this.#table = undefined;
      await old?.close();
      const table = await open();
      try {
        const result = await judge(table);
        this.#table = table;
        return result;
      } catch (error) {
        await table.close();
        throw error;
      }
    } finally {
      this.#replacing = undefined;
      done();
    }
  }

  async #read<Result>(work: (table: Table) => Promise<Result>): Promise<Result> {
    while (this.#replacing !== undefined) await this.#replacing;
    const table = this.#current();
    this.#reads += 1;
    try {
      return await work(table);
    } finally {
      this.#reads -= 1;
      if (this.#reads === 0) this.#lastRead?.();
    }
  }

  #current(): Table {
    if (this.#table === undefined) throw new StoreError('unavailable', 'the store is closed until it can be opened again');
    return this.#table;
  }
}

// Sorted keys and values on LevelDB: the little of it that the store needs, with our errors. The one file that imports `level`.
import { Level } from 'level';
import { type StoreCode, StoreError, shown } from '../errors.ts';

/** What one batch writes; `undefined` removes the key. */
export type Writes = ReadonlyMap<string, Uint8Array | undefined>;

/**
 * Keys in byte order. `write` must be atomic, must be on disk when it resolves, and is never called again before it settled.
 * Values returned belong to the caller.
 */
export interface Table {
  getMany(keys: readonly string[]): Promise<readonly (Uint8Array | undefined)[]>;
  /** Keys between two bounds, both exclusive. */
  keys(range: { readonly gt: string; readonly lt: string; readonly limit: number; readonly reverse: boolean }): Promise<readonly string[]>;
  write(writes: Writes): Promise<void>;
  /** How all keys and values stand at this moment. Whoever asked for it closes it. */
  snapshot(): TableSnapshot;
  close(): Promise<void>;
}

export interface TableSnapshot {
  getMany(keys: readonly string[]): Promise<readonly (Uint8Array | undefined)[]>;
  /** All between two bounds, both exclusive, in byte order. */
  entries(range: { readonly gt: string; readonly lt: string }): AsyncGenerator<readonly [string, Uint8Array]>;
  close(): Promise<void>;
}

export interface TableOptions {
  readonly create: boolean;
  readonly cacheBytes: number;
}

// LevelDB maps the tables that it has open, and with its usual thousand a store of 2 GB comes to be resident as a whole. These are
// the least that it accepts: 64 tables, beside ten other files, of 1 MiB. Opening a table anew costs some tens of microseconds.
const maxOpenFiles = 64 + 10;
const maxFileSize = 1024 * 1024;

// What is read ahead of whoever walks through a range.
const pageEntries = 256;
const pageBytes = 256 * 1024;

/**
 * Opens the LevelDB in a folder and locks it.
 *
 * @throws StoreError `locked`, `damaged` or `unavailable`
 */
export async function openTable(folder: string, { create, cacheBytes }: TableOptions): Promise<Table> {
  const encodings = { keyEncoding: 'utf8', valueEncoding: 'view' } as const;
  const limits = { cacheSize: cacheBytes, maxOpenFiles, maxFileSize };
  const level = new Level<string, Uint8Array>(folder, { ...encodings, ...limits, createIfMissing: create });
  try {
    await level.open();
  } catch (error) {
    // The error of `open` only says that it failed; its cause says why.
    throw translated(error instanceof Error ? error.cause : error, `the store in ${shown(folder)}`, { folder });
  }
  const getMany = async (keys: readonly string[], at: { readonly snapshot?: ReturnType<typeof level.snapshot> }) => {
    try {
      // `level`'s types forget that a missing key reads as undefined.
      const values: readonly (Uint8Array | undefined)[] = await level.getMany([...keys], at);
      return values;
    } catch (error) {
      const [key = ''] = keys;
      const others = keys.length > 1 ? ` or of ${keys.length - 1} others` : '';
      throw translated(error, `the value of '${shown(key)}'${others}`, { key });
    }
  };
  return {
    getMany: (keys) => getMany(keys, {}),
    snapshot() {
      const snapshot = level.snapshot();
      return {
        getMany: (keys) => getMany(keys, { snapshot }),
        async *entries(range) {
          const iterator = level.iterator({ ...range, snapshot, highWaterMarkBytes: pageBytes });
          try {
            // A page at a time: one call for each of a million small values would be most of the work.
            for (;;) {
              const page = await iterator.nextv(pageEntries).catch((error: unknown) => {
                throw translated(error, `the range after '${shown(range.gt)}'`, { key: range.gt });
              });
              if (page.length === 0) return;
              yield* page;
            }
          } finally {
            await iterator.close();
          }
        },
        close: () => snapshot.close(),
      };
    },
    async keys(range) {
      try {
        return await level.keys(range).all();
      } catch (error) {
        throw translated(error, `the range after '${shown(range.gt)}'`, { key: range.gt });
      }
    },
    async write(writes) {
      const batch = [...writes].map(([key, value]) =>
        value === undefined ? ({ type: 'del', key } as const) : ({ type: 'put', key, value } as const),
      );
      await level.batch(batch, { sync: true });
    },
    async close() {
      await level.close();
    },
  };
}

const codes: ReadonlyMap<unknown, readonly [StoreCode, string]> = new Map([
  ['LEVEL_LOCKED', ['locked', 'is in use by another process']],
  ['LEVEL_CORRUPTION', ['damaged', 'is damaged']],
  ['LEVEL_DATABASE_NOT_OPEN', ['closed', 'is closed']],
  ['LEVEL_ITERATOR_NOT_OPEN', ['closed', 'is closed']],
]);

function translated(error: unknown, what: string, details: Readonly<Record<string, string>>): StoreError {
  const level = error instanceof Error && 'code' in error ? error.code : undefined;
  const [code, text] = codes.get(level) ?? ['unavailable', 'cannot be read'];
  return new StoreError(code, `${what} ${text}`, { cause: error, details });
}

// Keys and values of the memory on LevelDB, one write at a time. A write that fails, on a full disk above all, may leave half a record at the
// end of LevelDB's log, and LevelDB then writes on behind it as if nothing had been; but its next start leaves out what stands there, without
// a word, and whatever was signed by it could be signed again with other content. So after a failed write there is no other one until the
// folder was closed and opened anew. The one file of this service that imports `level`.
import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { decodeUtf8, encodeUtf8 } from '@countersign/core';
import { Level } from 'level';
import { checkRoomToOpen, troubleOf } from './disk-trouble.ts';
import { ServiceError, SetupError } from './errors.ts';

export type Puts = readonly (readonly [key: string, value: Uint8Array])[];

export interface MemoryTable {
  /** What is on the disk. Throws ServiceError(`unavailable`) in the moment of `reopen`. */
  get(key: string): Uint8Array | undefined;
  /** Atomic, and on the disk when it resolves; those who wait at the same moment share one write. Rejects from a failed write until `reopen`. */
  write(puts: Puts): Promise<void>;
  /** In order, between two bounds that do not count. */
  keys(range: { readonly gt: string; readonly lt: string; readonly limit: number }): Promise<readonly string[]>;
  /** Ends what a failed write began. When it rejects, nothing has changed for the better, and it may be called again. */
  reopen(): Promise<void>;
  close(): Promise<void>;
}

interface Waiting {
  readonly puts: Puts;
  resolve(): void;
  reject(error: unknown): void;
}

const MASTER = 'master';
const WRITES = 'writes';

export interface MemoryPlace {
  readonly folder: string;
  /** The fingerprint of the master key that it belongs to. */
  readonly master: string;
  /** Whether there may be none yet. */
  readonly absent: 'begin' | 'refuse';
  /** Told of each write that failed: whoever is there for it calls `reopen`. */
  failed(error: unknown): void;
}

/** Throws SetupError: `missing-memory`, `wrong-master-key`, `locked`, `damaged-memory`, `unavailable`. */
export async function openMemoryTable(place: MemoryPlace): Promise<MemoryTable> {
  const { folder, master, absent } = place;
  const there = await access(join(folder, 'CURRENT')).then(
    () => true,
    () => false,
  );
  if (!there && absent === 'refuse') throw missing(folder);
  const level = await opened(folder, there ? 'open' : 'make');
  try {
    if (level.getSync(MASTER) === undefined) {
      // An empty one says no more of what was signed than none.
      if (absent === 'refuse') throw missing(folder);
      await level.put(MASTER, encodeUtf8(master), { sync: true });
    }
    checkMaster(level, place);
    return new LevelTable(place, level, writesIn(level));
  } catch (error) {
    await level.close();
    throw error instanceof SetupError ? error : asSetup(error, folder);
  }
}

const missing = (folder: string): SetupError =>
  new SetupError(
    'missing-memory',
    `${folder} is missing or empty: without what was signed before, anything could be signed again; bring it back`,
  );

type Database = Level<string, Uint8Array>;

class LevelTable implements MemoryTable {
  readonly #place: MemoryPlace;
  #level: Database | undefined;
  #waiting: Waiting[] = [];
  #writing: Promise<void> | undefined;
  #failure: { readonly cause: unknown } | undefined;
  /** How many writes are known to be on the disk: it stands there too, so that another memory is not taken for this one. */
  #writes: number;

  constructor(place: MemoryPlace, level: Database, writes: number) {
    this.#place = place;
    this.#level = level;
    this.#writes = writes;
  }

  get(key: string): Uint8Array | undefined {
    return this.#open().getSync(key);
  }

  keys(range: Parameters<MemoryTable['keys']>[0]): Promise<readonly string[]> {
    return this.#open().keys(range).all();
  }

  async write(puts: Puts): Promise<void> {
    if (this.#failure !== undefined) throw new Error('an earlier write failed', this.#failure);
    await new Promise<void>((resolve, reject) => {
      this.#waiting.push({ puts, resolve, reject });
      this.#writing ??= this.#drain();
    });
  }

  async reopen(): Promise<void> {
    if (this.#failure === undefined) return;
    const { folder } = this.#place;
    if (this.#level !== undefined) await checkRoomToOpen(folder);
    const before = this.#level;
    this.#level = undefined;
    await before?.close();
    const level = await opened(folder, 'open');
    try {
      checkMaster(level, this.#place);
      const found = writesIn(level);
      // The one that failed is there whole or not at all, and its signature left in neither case.
      if (found !== this.#writes && found !== this.#writes + 1)
        throw new SetupError('damaged-memory', `${folder} holds ${found} writes, wanted ${this.#writes}: it is not what was signed`);
      this.#writes = found;
    } catch (error) {
      await level.close();
      throw error;
    }
    this.#level = level;
    this.#failure = undefined;
  }

  async close(): Promise<void> {
    await this.#writing;
    await this.#level?.close();
  }

  #open(): Database {
    if (this.#level !== undefined) return this.#level;
    throw new ServiceError('unavailable', 'what was signed cannot be read until it is opened again');
  }

  async #drain(): Promise<void> {
    await Promise.resolve();
    while (this.#waiting.length > 0) await this.#write(this.#waiting.splice(0));
    this.#writing = undefined;
  }

  async #write(batch: readonly Waiting[]): Promise<void> {
    try {
      if (this.#failure !== undefined) throw this.#failure.cause;
      const puts = [...batch.flatMap((waiting) => waiting.puts), [WRITES, encodeUtf8(String(this.#writes + 1))] as const];
      await this.#open().batch(
        puts.map(([key, value]) => ({ type: 'put', key, value })),
        { sync: true },
      );
    } catch (cause) {
      this.#failure ??= { cause };
      for (const waiting of batch) waiting.reject(cause);
      this.#place.failed(cause);
      return;
    }
    this.#writes += 1;
    for (const waiting of batch) waiting.resolve();
  }
}

/** Where one stood, none is made in its place: what is lost must not read as empty. */
async function opened(folder: string, how: 'open' | 'make'): Promise<Database> {
  const level: Database = new Level(folder, { keyEncoding: 'utf8', valueEncoding: 'view', createIfMissing: how === 'make' });
  try {
    await level.open();
    return level;
  } catch (error) {
    throw asSetup(error, folder);
  }
}

function checkMaster(level: Database, { folder, master }: MemoryPlace): void {
  const known: Uint8Array | undefined = level.getSync(MASTER);
  if (known === undefined || decodeUtf8(known) !== master)
    throw new SetupError('wrong-master-key', `${folder} is the memory of another master key: bring back the one that belongs to it`);
}

/** One that was written by a version which did not count has none. Throws SetupError(`damaged-memory`) for what is no number. */
function writesIn(level: Database): number {
  const bytes: Uint8Array | undefined = level.getSync(WRITES);
  if (bytes === undefined) return 0;
  const text = decodeUtf8(bytes);
  if (!/^[1-9][0-9]{0,15}$/.test(text))
    throw new SetupError('damaged-memory', 'the number of its writes is none: it is not what was signed');
  return Number(text);
}

function asSetup(error: unknown, folder: string): SetupError {
  const cause = error instanceof Error && error.cause !== undefined ? error.cause : error;
  const locked = cause instanceof Error && 'code' in cause && cause.code === 'LEVEL_LOCKED';
  if (locked) return new SetupError('locked', `another process has ${folder}: one signing service at a time`, { cause });
  const trouble = troubleOf(cause);
  // Nothing is wrong with what stands there, and an older copy in its place would be.
  if (trouble !== 'memory-unwritable') return new SetupError('unavailable', `${folder} cannot be opened: ${trouble}`, { cause });
  return new SetupError('damaged-memory', `${folder} cannot be opened`, { cause });
}

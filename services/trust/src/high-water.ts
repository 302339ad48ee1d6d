// High-water marks: the highest versions this server ever signed, in a file outside the data folder. When a backup of the store is
// restored, its versions are lower than these marks; signing on from there would show clients two different files of one version.
import { statSync } from 'node:fs';
import { type FileHandle, mkdir, open, readFile, rename } from 'node:fs/promises';
import { dirname } from 'node:path';
import { CountersignError } from '@countersign/core';
import { StartError } from './errors.ts';
import { FIRST_LINE, type Mark, type MarksRead, markLine, raised, readMarks } from './high-water-lines.ts';
import { syncFolder } from './synced-folder.ts';

/**
 * `raise` must be durable when it resolves, in the file that has the name: somebody may have removed that one, or another server of the same
 * database may have put its own there as it started, and marks in a file without a name are lost. Calls that wait at the same moment share one
 * fsync. `of` never waits. When writing failed, every later `raise` rejects, because nobody knows how the file ends, until `rewrite` resolves: it
 * puts a new file in the place of the old one, with the marks that could not be written among the others, since what they tell of is stored; or
 * adds all of them to the file that another server left there. It does nothing where nothing failed and the file is still the one that was
 * opened: a disk may have been replaced under it.
 */
export interface HighWater {
  /** The path at which the file lies. */
  readonly file: string;
  of(repository: string): Mark | undefined;
  all(): ReadonlyMap<string, Mark>;
  raise(repository: string, mark: Mark): Promise<void>;
  rewrite(): Promise<void>;
  close(): Promise<void>;
}

/**
 * Opens the marks in `file`, compacted. `absent` says what a missing file means: it throws, or there is a new one. Throws StartError:
 * `damaged-marks`, or `invalid-config` for a place that cannot be written.
 */
export async function openHighWater(file: string, absent: () => Promise<void>): Promise<HighWater> {
  try {
    const { marks, isCompact } = await readOrNew(file, absent);
    if (!isCompact) await compact(file, marks);
    const handle = await open(file, 'a', 0o600);
    return new MarkFile(file, handle, await placeOf(handle), marks);
  } catch (cause) {
    if (cause instanceof CountersignError) throw cause;
    throw new StartError('invalid-config', `${file} cannot be read and written`, { cause });
  }
}

interface Waiting {
  readonly repository: string;
  readonly mark: Mark;
  resolve(): void;
  reject(error: unknown): void;
}

class MarkFile implements HighWater {
  readonly file: string;
  #handle: FileHandle;
  #place: Place;
  readonly #unwritten: Waiting[] = [];
  readonly #marks: Map<string, Mark>;
  #waiting: Waiting[] = [];
  #writing: Promise<void> | undefined;
  #failure: { readonly cause: unknown } | undefined;

  constructor(path: string, handle: FileHandle, place: Place, marks: Map<string, Mark>) {
    this.file = path;
    this.#handle = handle;
    this.#place = place;
    this.#marks = marks;
  }

  of(repository: string): Mark | undefined {
    return this.#marks.get(repository);
  }

  all(): ReadonlyMap<string, Mark> {
    return this.#marks;
  }

  raise(repository: string, mark: Mark): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ repository, mark, resolve, reject });
      this.#writing ??= this.#drain();
    });
  }

  async rewrite(): Promise<void> {
    while (this.#writing !== undefined) await this.#writing;
    const replaced = this.#replace();
    // Whoever raises a mark meanwhile waits: it belongs into the new file.
    const drain = (): Promise<void> => this.#drain();
    this.#writing = replaced.then(drain, drain);
    await replaced;
  }

  async close(): Promise<void> {
    await this.#writing;
    await this.#handle.close();
  }

  /** Must have the file for itself. */
  async #replace(): Promise<void> {
    const found = this.#found();
    if (this.#failure === undefined && found === 'ours') return;
    // What would be appended to a file that has lost its name is lost with it.
    this.#failure ??= { cause: new Error(`${this.file} is another file by now`) };
    const marks = new Map(this.#marks);
    for (const { repository, mark } of this.#unwritten) marks.set(repository, raised(marks.get(repository), mark));
    if (found === 'another') await join(this.file, marks);
    else await compact(this.file, marks);
    const handle = await open(this.file, 'a', 0o600);
    const place = await placeOf(handle);
    const old = this.#handle;
    this.#handle = handle;
    this.#place = place;
    for (const [repository, mark] of marks) this.#marks.set(repository, mark);
    this.#unwritten.length = 0;
    this.#failure = undefined;
    // What closing it says is about a file that nobody reads any more.
    await old.close().catch(() => undefined);
  }

  /** What its name leads to. Without a thread: that takes longer than the answer, and a disk that has just synced does answer. */
  #found(): 'ours' | 'another' | 'nothing' {
    const named = statSync(this.file, { bigint: true, throwIfNoEntry: false });
    if (named === undefined) return 'nothing';
    return named.dev === this.#place.dev && named.ino === this.#place.ino ? 'ours' : 'another';
  }

  async #drain(): Promise<void> {
    await Promise.resolve();
    while (this.#waiting.length > 0) await this.#write(this.#waiting.splice(0));
    this.#writing = undefined;
  }

  async #write(batch: readonly Waiting[]): Promise<void> {
    try {
      if (this.#failure !== undefined) throw this.#failure.cause;
      await this.#handle.appendFile(batch.map(({ repository, mark }) => markLine(repository, mark)).join(''));
      await this.#handle.datasync();
      if (this.#found() !== 'ours') throw new Error(`${this.file} is gone, or another server on the same file has put its own there`);
    } catch (cause) {
      this.#failure ??= { cause };
      this.#unwritten.push(...batch);
      for (const waiting of batch) waiting.reject(new Error('the high-water marks cannot be written', { cause }));
      return;
    }
    for (const { repository, mark, resolve } of batch) {
      this.#marks.set(repository, raised(this.#marks.get(repository), mark));
      resolve();
    }
  }
}

async function readOrNew(file: string, absent: () => Promise<void>): Promise<MarksRead> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error;
    await absent();
    await mkdir(dirname(file), { recursive: true, mode: 0o700 });
    return { marks: new Map(), isCompact: false };
  }
  return readMarks(text, file);
}

interface Place {
  readonly dev: bigint;
  readonly ino: bigint;
}

const placeOf = (handle: FileHandle): Promise<Place> => handle.stat({ bigint: true });

/** Adds to the marks of another server's file what is higher in `marks`, and to these what is higher there. */
async function join(file: string, marks: Map<string, Mark>): Promise<void> {
  const text = await readFile(file, 'utf8');
  const found = readMarks(text, file).marks;
  const added = [...marks].filter(([repository, mark]) => behind(found.get(repository), mark));
  for (const [repository, mark] of found) marks.set(repository, raised(marks.get(repository), mark));
  // A line that a crash has cut must not become the beginning of another one.
  if (!text.endsWith('\n')) return await compact(file, marks);
  const handle = await open(file, 'a', 0o600);
  try {
    await handle.appendFile(added.map(([repository, mark]) => markLine(repository, mark)).join(''));
    await handle.sync();
  } finally {
    await handle.close();
  }
}

const behind = (found: Mark | undefined, mark: Mark): boolean =>
  found === undefined || found.timestamp < mark.timestamp || found.snapshot < mark.snapshot || found.seq < mark.seq;

/** One line for each repository, written beside the old file and put in its place: a crash leaves one of the two. */
async function compact(file: string, marks: ReadonlyMap<string, Mark>): Promise<void> {
  const draft = `${file}.new`;
  const handle = await open(draft, 'w', 0o600);
  try {
    await handle.writeFile([FIRST_LINE, ...[...marks].map(([repository, mark]) => markLine(repository, mark))].join(''));
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(draft, file);
  await syncFolder(dirname(file));
}

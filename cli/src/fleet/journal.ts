// The journal of a campaign, in the state folder. Each line is on the disk before what it announces begins, so that after a crash at any
// moment somebody knows which repositories were touched. Lines that wait for the disk share one trip to it.
import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { type FileHandle, open, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { StateError } from '@countersign/client';
import type { Gun } from '@countersign/core';
import { systemWords } from '../system-words.ts';
import {
  type Campaign,
  headLine,
  type JournalHead,
  type JournalText,
  type Line,
  lineOf,
  type Progress,
  readJournalText,
} from './journal-lines.ts';

export interface FoundJournal extends JournalText {
  readonly path: string;
}

export interface Journal {
  readonly path: string;
  readonly head: JournalHead;
  /** On the disk when it resolves. */
  write(line: Line): Promise<void>;
  close(): Promise<void>;
}

const SUFFIX = '.jsonl';
const folderOf = (state: string): string => join(state, 'fleet');

/** Every journal of this machine, oldest first. Throws StateError `damaged-state`. */
export function listJournals(state: string): readonly FoundJournal[] {
  const folder = folderOf(state);
  return namesIn(folder).flatMap((name) => {
    const path = join(folder, name);
    const text = readJournalText(whole(path), path);
    return text === undefined ? [] : [{ ...text, path }];
  });
}

/** The campaign that was begun and did not end, if there is one like this. */
export function unfinished(state: string, wanted: Campaign): FoundJournal | undefined {
  const same = (head: JournalHead): boolean =>
    (['kind', 'key', 'next', 'root', 'server', 'below'] as const).every((member) => head[member] === wanted[member]) &&
    head.thresholds.join() === wanted.thresholds.join();
  return listJournals(state).findLast(({ head, ended }) => ended === undefined && same(head));
}

/** Begins a journal; its folder and its head are durable when this resolves. */
export async function beginJournal(state: string, head: JournalHead): Promise<Journal> {
  const folder = folderOf(state);
  const name = freeName(folder, `${head.started.replaceAll(/[^0-9]/g, '')}-${head.kind}-${head.key.slice(0, 16)}`);
  const path = join(folder, name);
  return written(path, async () => {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    const draft = join(folder, `.${name}`);
    const file = await open(draft, 'w', 0o600);
    await file.writeFile(headLine(head));
    await file.sync();
    await file.close();
    await rename(draft, path);
    await syncFolder(folder);
    await syncFolder(state);
    return journalAt(path, head);
  });
}

/** Two campaigns of one second are two journals; the later one is sorted behind the earlier. */
function freeName(folder: string, wanted: string): string {
  for (let count = 1; ; count += 1) {
    const name = `${wanted}${count === 1 ? '' : `_${count}`}${SUFFIX}`;
    if (!existsSync(join(folder, name))) return name;
  }
}

/** Goes on with a journal. What was written by halves when the machine stopped is cut off. */
export function resumeJournal({ path, head, length }: FoundJournal): Promise<Journal> {
  return written(path, async () => {
    const file = await open(path, 'r+');
    await file.truncate(length);
    await file.sync();
    await file.close();
    return journalAt(path, head);
  });
}

/** What is known of each repository: its last word, and the `begin` before it. */
export function lastWords(
  progress: readonly Progress[],
): ReadonlyMap<Gun, { readonly last: Progress; readonly begun: Progress | undefined }> {
  const words = new Map<Gun, { readonly last: Progress; readonly begun: Progress | undefined }>();
  for (const last of progress) {
    // The first beginning: after a crash the second one would find the work done, and tell of no version and no entry.
    const begun = words.get(last.gun)?.begun ?? (last.at === 'begin' ? last : undefined);
    words.set(last.gun, { last, begun });
  }
  return words;
}

async function journalAt(path: string, head: JournalHead): Promise<Journal> {
  const file: FileHandle = await open(path, 'a', 0o600);
  let waiting: Uint8Array[] = [];
  let next: Promise<void> | undefined;
  let writing: Promise<void> = Promise.resolve();
  let broken: { readonly cause: unknown } | undefined;
  const flush = async (): Promise<void> => {
    const lines = waiting;
    waiting = [];
    next = undefined;
    // Behind half a line nothing can be read: after one failure nothing more is written, and so nothing more is published.
    if (broken !== undefined) throw broken.cause;
    try {
      await written(path, async () => {
        await file.appendFile(Buffer.concat(lines));
        await file.datasync();
      });
    } catch (cause) {
      broken = { cause };
      throw cause;
    }
  };
  return {
    path,
    head,
    write(line) {
      waiting.push(lineOf(line));
      if (next === undefined) {
        next = writing.then(flush);
        // The one behind waits for the disk, whatever became of this one: its own failure is told to its own callers.
        writing = next.catch(() => undefined);
      }
      return next;
    },
    async close() {
      await writing;
      await file.close();
    },
  };
}

const whole = (path: string): Uint8Array => read(path, () => readFileSync(path));
const namesIn = (folder: string): readonly string[] =>
  existsSync(folder)
    ? read(folder, () =>
        readdirSync(folder)
          .filter((name) => name.endsWith(SUFFIX) && !name.startsWith('.'))
          .sort(),
      )
    : [];

function read<Value>(path: string, act: () => Value): Value {
  try {
    return act();
  } catch (error) {
    throw stateError('damaged-state', path, error);
  }
}

async function written<Value>(path: string, act: () => Promise<Value>): Promise<Value> {
  try {
    return await act();
  } catch (error) {
    throw stateError('unwritable-state', path, error);
  }
}

function stateError(code: 'damaged-state' | 'unwritable-state', path: string, error: unknown): unknown {
  const system = error instanceof Error && 'code' in error ? error.code : undefined;
  if (typeof system !== 'string') return error;
  return new StateError(code, `${path}: ${systemWords(system)}`, { cause: error, details: { path } });
}

async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  await handle.sync();
  await handle.close();
}

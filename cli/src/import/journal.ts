// The journal of an import, in the state folder: a line before and after each repository, on the disk before anything goes on. The same
// command again goes on with the one that did not end.
import { closeSync, existsSync, fsyncSync, ftruncateSync, openSync, readdirSync, readFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { makeFolder, StateError } from '@countersign/client';
import {
  decodeUtf8,
  encodeUtf8,
  FormatError,
  type Gun,
  isJsonObject,
  type JsonObject,
  memberInteger,
  memberString,
  optionalMemberString,
  parseNotaryGun,
  readJson,
} from '@countersign/core';
import { systemWords } from '../system-words.ts';

/** What is carried out. Two runs with equal ones are one import. */
export interface Undertaking {
  readonly kind: 'import' | 'archive';
  readonly from: string;
  readonly to: string;
}

export type Word =
  | { readonly at: 'begin'; readonly gun: Gun }
  | { readonly at: 'done'; readonly gun: Gun; readonly outcome: string; readonly files: number; readonly added: number }
  | { readonly at: 'failed'; readonly gun: Gun; readonly code: string; readonly message: string };

export interface Journal {
  readonly path: string;
  /** What earlier runs of the same import wrote last of each repository. */
  readonly before: ReadonlyMap<Gun, Word>;
  write(word: Word): void;
  end(time: string): void;
  close(): void;
}

const SUFFIX = '.jsonl';
const WHERE = 'journal';

/** Goes on with the journal of the same import that did not end, or begins one. Throws StateError. */
export function openJournal(state: string, undertaking: Undertaking, time: string): Journal {
  const folder = join(state, 'import');
  return guarded(folder, () => {
    makeFolder(folder);
    const found = unfinished(folder, undertaking);
    const path = found?.path ?? freePath(folder, time);
    const file = openSync(path, found === undefined ? 'wx' : 'r+', 0o600);
    let end = found?.length ?? 0;
    // What was written by halves when the machine stopped is cut off.
    ftruncateSync(file, end);
    const append = (line: object): void =>
      guarded(path, () => {
        const bytes = encodeUtf8(`${JSON.stringify(line)}\n`);
        writeSync(file, bytes, 0, bytes.length, end);
        end += bytes.length;
        fsyncSync(file);
      });
    if (found === undefined) append({ schema: 1, at: 'start', ...undertaking, started: time });
    return {
      path,
      before: found?.words ?? new Map(),
      write: append,
      end: (now) => append({ at: 'end', time: now }),
      close: () => closeSync(file),
    };
  });
}

interface Found {
  readonly path: string;
  readonly length: number;
  readonly words: ReadonlyMap<Gun, Word>;
}

function unfinished(folder: string, wanted: Undertaking): Found | undefined {
  const names = readdirSync(folder).filter((name) => name.endsWith(SUFFIX) && !name.startsWith('.'));
  const found = names.sort().flatMap((name) => {
    const path = join(folder, name);
    const read = readJournal(readFileSync(path), path);
    const same = read !== undefined && (['kind', 'from', 'to'] as const).every((member) => read.head[member] === wanted[member]);
    return same && !read.ended ? [{ path, length: read.length, words: read.words }] : [];
  });
  return found.at(-1);
}

/** Undefined when not even the first line was written whole. Throws StateError `damaged-state`. */
function readJournal(bytes: Uint8Array, path: string) {
  const length = bytes.lastIndexOf(0x0a) + 1;
  if (length === 0) return undefined;
  try {
    const [first = '', ...others] = decodeUtf8(bytes.subarray(0, length)).split('\n').slice(0, -1);
    const head = objectOf(first);
    if (memberInteger(head, 'schema', WHERE) !== 1) throw new FormatError('malformed', 'journal: wanted schema 1');
    const words = new Map<Gun, Word>();
    let ended = false;
    for (const line of others.map(objectOf)) {
      const at = memberString(line, 'at', WHERE);
      if (at === 'end') ended = true;
      else words.set(parseNotaryGun(memberString(line, 'gun', WHERE)), wordOf(at, line));
    }
    const member = (name: string): string | undefined => optionalMemberString(head, name, WHERE);
    return { head: { kind: member('kind'), from: member('from'), to: member('to') }, words, ended, length };
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
    throw new StateError('damaged-state', `${path}: ${error.message}`, { cause: error, details: { path } });
  }
}

function wordOf(at: string, line: JsonObject): Word {
  const gun = parseNotaryGun(memberString(line, 'gun', WHERE));
  if (at === 'begin') return { at, gun };
  if (at === 'failed') return { at, gun, code: memberString(line, 'code', WHERE), message: memberString(line, 'message', WHERE) };
  if (at !== 'done') throw new FormatError('malformed', 'journal: a line of an unknown kind');
  const [files, added] = [memberInteger(line, 'files', WHERE), memberInteger(line, 'added', WHERE)];
  return { at, gun, outcome: memberString(line, 'outcome', WHERE), files, added };
}

function objectOf(line: string): JsonObject {
  const { value } = readJson(encodeUtf8(line), { maxDepth: 4 });
  if (isJsonObject(value)) return value;
  throw new FormatError('malformed', 'journal: wanted a JSON object in each line');
}

function freePath(folder: string, time: string): string {
  for (let count = 1; ; count += 1) {
    const path = join(folder, `${time.replaceAll(/[^0-9]/g, '')}${count === 1 ? '' : `_${count}`}${SUFFIX}`);
    if (!existsSync(path)) return path;
  }
}

function guarded<Value>(path: string, act: () => Value): Value {
  try {
    return act();
  } catch (error) {
    const system = error instanceof Error && 'code' in error && 'syscall' in error ? error.code : undefined;
    if (typeof system !== 'string') throw error;
    throw new StateError('unwritable-state', `${path}: ${systemWords(system)}`, { cause: error, details: { path } });
  }
}

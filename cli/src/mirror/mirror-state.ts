// What the mirror remembers of each repository beside the files that it serves: which set stands. It is no secret, and clients believe
// nothing of it; without it a mirror would not notice that it goes back. It ends with its own hash, and has those of all files that were placed:
// a byte that changed on a disk must not look like something that a server did.
import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CommandError } from '../errors.ts';
import { makeServedFolder } from './served-folder.ts';
import { writeWhole } from './write-served.ts';

export interface State {
  readonly home: string;
  readonly timestamp: number;
  /** Milliseconds since 1970. */
  readonly expires: number;
  /** Names below `home`. */
  readonly files: readonly string[];
  /** Of every file below `home` that a mirror placed and did not remove, those of earlier sets too: name to SHA-256 in hex. */
  readonly digests: ReadonlyMap<string, string>;
}

export const digestOf = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

const FOLDER = '.countersign-mirror';
const fileOf = (root: string, home: string): string => join(root, FOLDER, `${digestOf(Buffer.from(home))}.json`);

/** Undefined for a repository that was never placed here. Throws CommandError `damaged-mirror`. */
export async function readState(root: string, home: string): Promise<State | undefined> {
  const state = await readAt(fileOf(root, home));
  if (state === undefined || state.home === home) return state;
  throw damaged(fileOf(root, home));
}

export async function allStates(root: string): Promise<readonly State[]> {
  const names = (await readdir(join(root, FOLDER))).filter((name) => /^[0-9a-f]{64}\.json$/.test(name));
  const states = await Promise.all(names.map((name) => readAt(join(root, FOLDER, name))));
  return states.flatMap((state) => state ?? []).sort((one, other) => (one.home < other.home ? -1 : 1));
}

export async function writeState(root: string, { digests, ...state }: State): Promise<void> {
  await makeServedFolder(join(root, FOLDER));
  const text = JSON.stringify({ schema: 2, ...state, digests: [...digests] });
  await writeWhole(fileOf(root, state.home), Buffer.from(`${text}\n${digestOf(Buffer.from(text))}\n`));
}

async function readAt(path: string): Promise<State | undefined> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
  const [body = '', sum, rest] = text.split('\n');
  const state = sum === digestOf(Buffer.from(body)) && rest === '' ? stateOf(JSON.parse(body)) : undefined;
  if (state === undefined) throw damaged(path);
  return state;
}

const damaged = (path: string): CommandError =>
  new CommandError('damaged-mirror', `${path} is damaged: it is no state that this version of a mirror wrote`, {
    details: { path },
    next: 'export anew into an empty folder, and put that in the place of this one',
  });

function stateOf(value: unknown): State | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const { schema, home, timestamp, expires, files, digests }: Partial<Record<string, unknown>> = { ...value };
  const isList = Array.isArray(files) && files.every((name) => typeof name === 'string');
  if (schema !== 2 || typeof home !== 'string' || !Number.isSafeInteger(timestamp) || !Number.isSafeInteger(expires) || !isList)
    return undefined;
  if (!Array.isArray(digests) || !digests.every(isPair)) return undefined;
  return { home, timestamp: Number(timestamp), expires: Number(expires), files, digests: new Map(digests) };
}

const isPair = (value: unknown): value is readonly [string, string] =>
  Array.isArray(value) && value.length === 2 && value.every((part) => typeof part === 'string');

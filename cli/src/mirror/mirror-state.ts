// What the mirror remembers of each repository beside the files that it serves: which set stands. It is no secret, and clients believe
// nothing of it; without it a mirror would not notice that it goes back.
import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { FormatError } from '@countersign/core';
import { writeWhole } from './write-served.ts';

export interface State {
  readonly home: string;
  readonly timestamp: number;
  /** Milliseconds since 1970. */
  readonly expires: number;
  /** Names below `home`. */
  readonly files: readonly string[];
}

const FOLDER = '.countersign-mirror';
const fileOf = (root: string, home: string): string => join(root, FOLDER, `${createHash('sha256').update(home).digest('hex')}.json`);

/** Undefined for a repository that was never placed here. Throws FormatError for a state that is damaged. */
export async function readState(root: string, home: string): Promise<State | undefined> {
  const state = await readAt(fileOf(root, home));
  if (state === undefined || state.home === home) return state;
  throw new FormatError('malformed', `${fileOf(root, home)}: it is of ${state.home.slice(0, 80)}`);
}

export async function allStates(root: string): Promise<readonly State[]> {
  const names = (await readdir(join(root, FOLDER))).filter((name) => /^[0-9a-f]{64}\.json$/.test(name));
  const states = await Promise.all(names.map((name) => readAt(join(root, FOLDER, name))));
  return states.flatMap((state) => state ?? []).sort((one, other) => (one.home < other.home ? -1 : 1));
}

export async function writeState(root: string, state: State): Promise<void> {
  await mkdir(join(root, FOLDER), { recursive: true });
  await writeWhole(fileOf(root, state.home), Buffer.from(`${JSON.stringify({ schema: 1, ...state })}\n`));
}

async function readAt(path: string): Promise<State | undefined> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
  const state = stateOf(text);
  if (state === undefined) throw new FormatError('malformed', `${path} is no state of a mirror`, { details: { path } });
  return state;
}

function stateOf(text: string): State | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
  if (typeof value !== 'object' || value === null) return undefined;
  const { schema, home, timestamp, expires, files }: Partial<Record<string, unknown>> = { ...value };
  const isList = Array.isArray(files) && files.every((name) => typeof name === 'string');
  if (schema !== 1 || typeof home !== 'string' || !Number.isSafeInteger(timestamp) || !Number.isSafeInteger(expires) || !isList)
    return undefined;
  return { home, timestamp: Number(timestamp), expires: Number(expires), files };
}

// Puts a verified set where a web server reads it. Files with a version in their name never change and come first; the timestamp, which
// leads to them, is renamed into its place last: a reader sees the set before or the set after, whole, and a sync that dies changes nothing.
import { open, readdir, readFile, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { TrustError } from '@countersign/core';
import { CommandError } from '../errors.ts';
import { withPath } from '../with-path.ts';
import type { MirrorSet } from './collect.ts';
import { digestOf, readState, type State, writeState } from './mirror-state.ts';
import { makeServedFolder } from './served-folder.ts';
import { writeWhole } from './write-served.ts';

export interface Placed {
  readonly written: number;
  readonly removed: number;
}

export interface PlaceOptions {
  /** The folder that is served. */
  readonly root: string;
  /** The repository's folder below it, as it stands in URLs: `v2/GUN/_trust/metadata/`. */
  readonly home: string;
  readonly prune: 'keep-all' | 'remove-old';
  readonly now: number;
}

// Somebody who read the timestamp before asks for what it led to a moment later, or from a cache that held it.
const GRACE = 60 * 60_000;

/**
 * Throws TrustError `rollback` or `equivocation` where the mirror was shown something newer before, or another file of a name that never
 * changes; CommandError `damaged-mirror` for a file that is not what was placed.
 */
export async function placeSet(set: MirrorSet, { root, home, prune, now }: PlaceOptions): Promise<Placed> {
  const folder = join(root, ...home.split('/').filter((part) => part !== ''));
  const before = await readState(root, home);
  const { version } = set.timestamp;
  if (before !== undefined && version < before.timestamp) {
    throw new TrustError('rollback', `${home}: the mirror has timestamp v${before.timestamp}, the server shows v${version}`);
  }
  await makeServedFolder(folder);
  const digests = new Map(before?.digests);
  let written = 0;
  for (const [name, bytes] of set.files) {
    const path = join(folder, ...name.split('/'));
    const there = await readIfThere(path);
    const placed = before?.digests.get(name);
    digests.set(name, digestOf(bytes));
    if (there !== undefined && Buffer.compare(there, bytes) === 0) continue;
    if (there !== undefined && name !== set.newest) throw notTheSame(path, placed === digestOf(there) ? 'as-placed' : 'changed');
    await makeServedFolder(dirname(path));
    // The timestamp is the last in the set: what it leads to is on the disk by now.
    if (name === set.newest) await synced(folder);
    await writeWhole(path, bytes);
    written += 1;
  }
  await synced(folder);
  const files = [...set.files.keys()];
  const removed = prune === 'keep-all' ? [] : await removeOld(folder, new Set([...files, ...(before?.files ?? [])]), now);
  for (const name of removed) digests.delete(name);
  const state: State = { home, timestamp: version, expires: set.timestamp.expires, files, digests };
  await writeState(root, state);
  return { written, removed: removed.length };
}

/** Two files of one name are the server's doing only where the one in the folder is still what the server gave. */
function notTheSame(path: string, there: 'as-placed' | 'changed'): Error {
  if (there === 'as-placed')
    return new TrustError('equivocation', `${path}: the server has another file under this name than it had before`, { details: { path } });
  return new CommandError('damaged-mirror', `${path} is damaged: it is neither what was placed there nor what the server has`, {
    details: { path },
    next: 'find out what changed it, remove that file, and export anew: the others stay',
  });
}

/** The names that were removed: all but roots, what stands, and what stood until now. */
async function removeOld(folder: string, kept: ReadonlySet<string>, now: number): Promise<readonly string[]> {
  const removed: string[] = [];
  for (const name of await readdir(folder)) {
    if (kept.has(name) || /^\d+\.root\.json$/.test(name) || !name.endsWith('.json')) continue;
    const path = join(folder, name);
    const status = await stat(path);
    if (!status.isFile() || now - status.mtimeMs < GRACE) continue;
    await rm(path);
    removed.push(name);
  }
  return removed;
}

async function readIfThere(path: string): Promise<Buffer | undefined> {
  try {
    return await withPath(path, () => readFile(path));
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}

async function synced(folder: string): Promise<void> {
  if (process.platform === 'win32') return;
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

// Files that are whole or absent, and still there after a power cut: temporary file, fsync, rename, fsync of the folder.
// The calls are synchronous: a verification touches a dozen small files, and a trip through the thread pool costs several times
// what the call itself does. Only what waits for the disk is left to it.
import { closeSync, fsync, openSync, renameSync, statSync, unlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { encodeHex } from '@countersign/core';

const sync = promisify(fsync);

/** The system's own word for what failed (`ENOENT`), or undefined when `error` did not come from the file system. */
export function systemCode(error: unknown): string | undefined {
  return error instanceof Error && 'syscall' in error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}

/** Names that a crash may leave behind start with this. */
const TEMPORARY = '.new-';

export interface WriteOptions {
  readonly random: (length: number) => Uint8Array;
  /**
   * `durable`: on the disk under its name when this returns. `synced`: its bytes are; after a power cut the one before may stand
   * there. `whole`: never half there while the system runs.
   */
  readonly promise: 'durable' | 'synced' | 'whole';
}

/** Replaces `path`, readable by its owner alone. Its folder must exist. Throws what the file system throws. */
export async function writeWhole(path: string, bytes: Uint8Array, { random, promise }: WriteOptions): Promise<void> {
  const folder = dirname(path);
  const temporary = join(folder, `${TEMPORARY}${encodeHex(random(8))}`);
  const file = openSync(temporary, 'wx', 0o600);
  try {
    await using(file, async () => {
      writeFileSync(file, bytes);
      if (promise !== 'whole') await sync(file);
    });
    renameSync(temporary, path);
  } catch (error) {
    await removeIfThere(temporary);
    throw error;
  }
  if (promise === 'durable') await syncFolder(folder);
}

/** Makes names in `folder` durable. Windows opens no folders; there a rename is durable on its own. */
export async function syncFolder(folder: string): Promise<void> {
  let file: number;
  try {
    file = openSync(folder, 'r');
  } catch (error) {
    if (systemCode(error) === 'EISDIR' || systemCode(error) === 'EPERM') return;
    throw error;
  }
  await using(file, () => sync(file));
}

/** Whether there was one. A file that somebody else removed first is gone all the same. */
export async function removeIfThere(path: string): Promise<boolean> {
  try {
    unlinkSync(path);
    return true;
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return false;
    throw error;
  }
}

const HOUR = 3_600_000;

/** Clears what crashes left among `names` of `folder`: temporary files an hour older than `written`, which nobody can be writing. */
export async function removeLeftovers(folder: string, names: readonly string[], written: string): Promise<void> {
  for (const name of names) {
    if (!name.startsWith(TEMPORARY)) continue;
    const [now, then] = [modified(join(folder, written)), modified(join(folder, name))];
    if (now !== undefined && then !== undefined && now - then > HOUR) await removeIfThere(join(folder, name));
  }
}

function modified(path: string): number | undefined {
  try {
    return statSync(path).mtimeMs;
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return undefined;
    throw error;
  }
}

async function using(file: number, act: () => Promise<void>): Promise<void> {
  try {
    await act();
  } finally {
    closeSync(file);
  }
}

// Files that hold secrets: written whole or not at all, readable by their owner alone, and never over another file by accident.
import { randomBytes } from 'node:crypto';
import { constants, type FileHandle, link, mkdir, open, rename, unlink } from 'node:fs/promises';
import { platform } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { fileError, KeyError } from './errors.ts';

/** What to do when the file is there already. */
export type Create = 'refuse' | 'replace';

const windows = platform() === 'win32';

/**
 * The bytes of a secret file. Throws KeyError: `not-found`, `unreadable`, `open-permissions` when group or others have any right
 * to it (POSIX only; Windows has no mode bits), `damaged` when it is longer than `limit` bytes.
 */
export async function readSecretFile(path: string, limit: number): Promise<Uint8Array> {
  const file = await attempt(path, 'read', () => open(path, constants.O_RDONLY | constants.O_NONBLOCK));
  try {
    // Asked of the open file, not of the path: what is checked is what is read.
    const status = await attempt(path, 'read', () => file.stat());
    if (!status.isFile()) throw new KeyError('unreadable', `${path} is not a regular file`, { details: { path } });
    const mode = status.mode & 0o777;
    if (!windows && (mode & 0o077) !== 0) {
      const got = mode.toString(8).padStart(4, '0');
      throw new KeyError('open-permissions', `${path} is open to other users: wanted mode 0600, got ${got}`, { details: { path } });
    }
    if (status.size > limit) throw new KeyError('damaged', `${path} is longer than ${limit} bytes`, { details: { path } });
    return new Uint8Array(await attempt(path, 'read', () => file.readFile()));
  } finally {
    await file.close();
  }
}

/**
 * Writes a secret file with mode 0600, durably and in one step: a crash leaves the old file or the new one. A missing folder is
 * made with mode 0700. Throws KeyError: `exists` (only with `refuse`), `unreadable`.
 */
export async function writeSecretFile(path: string, bytes: Uint8Array, options: { readonly create: Create }): Promise<void> {
  const folder = dirname(path);
  await attempt(folder, 'make', () => mkdir(folder, { recursive: true, mode: 0o700 }));
  // In the same folder, so that the last step is a rename within one file system.
  const draft = join(folder, `.${basename(path)}.${randomBytes(8).toString('hex')}.tmp`);
  const file = await attempt(draft, 'write', () => open(draft, 'wx', 0o600));
  try {
    await attempt(draft, 'write', () => fill(file, bytes));
    if (options.create === 'replace') await attempt(path, 'replace', () => rename(draft, path));
    else await putNew(draft, path);
  } finally {
    await unlink(draft).catch(ignoreMissing);
  }
  await syncFolder(folder);
}

/** Removes a secret file, durably. Throws KeyError: `not-found`, `unreadable`. */
export async function removeSecretFile(path: string): Promise<void> {
  await attempt(path, 'remove', () => unlink(path));
  await syncFolder(dirname(path));
}

async function fill(file: FileHandle, bytes: Uint8Array): Promise<void> {
  try {
    await file.writeFile(bytes);
    await file.sync();
  } finally {
    await file.close();
  }
}

// A rename replaces silently; a hard link never does. FAT, as on most USB sticks, has no hard links: there the name is taken with an
// empty file first, which a crash may leave behind, and which then reads as truncated.
async function putNew(draft: string, path: string): Promise<void> {
  try {
    await link(draft, path);
  } catch (error) {
    if (!hasSystemCode(error, ['EPERM', 'ENOSYS', 'ENOTSUP', 'EOPNOTSUPP', 'EMLINK'])) throw fileError(error, path, 'write');
    await attempt(path, 'write', async () => (await open(path, 'wx', 0o600)).close());
    await attempt(path, 'write', () => rename(draft, path));
  }
}

// Without this a power cut can forget the new name, although the bytes are safe. Windows cannot open a folder.
async function syncFolder(folder: string): Promise<void> {
  if (windows) return;
  const handle = await attempt(folder, 'sync', () => open(folder, constants.O_RDONLY));
  try {
    await attempt(folder, 'sync', () => handle.sync());
  } finally {
    await handle.close();
  }
}

async function attempt<Result>(path: string, act: string, work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    throw fileError(error, path, act);
  }
}

function ignoreMissing(error: unknown): void {
  if (!hasSystemCode(error, ['ENOENT'])) throw error;
}

const hasSystemCode = (error: unknown, codes: readonly string[]): boolean =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' && codes.includes(error.code);

// Folders that a web server reads. Node's recursive mkdir tries for ever where a file system says of a new folder that it does not exist, as
// /proc does; here each folder is tried once, and again after the one above it.
import { mkdir, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { CommandError } from '../errors.ts';
import { systemWords } from '../system-words.ts';

/** Makes `folder`, and whatever is missing above it. Throws what the file system throws. */
export async function makeServedFolder(folder: string): Promise<void> {
  try {
    await makeOne(folder);
  } catch (error) {
    if (codeOf(error) !== 'ENOENT' || dirname(folder) === folder) throw error;
    await makeServedFolder(dirname(folder));
    await makeOne(folder);
  }
}

async function makeOne(folder: string): Promise<void> {
  try {
    await mkdir(folder);
  } catch (error) {
    // A folder that is read-only as a whole says so of those that are there, too.
    const isThere = await stat(folder).then(
      (status) => status.isDirectory(),
      () => false,
    );
    if (!isThere) throw error;
  }
}

/** The result of `work`, which reads and writes below `root`. Throws CommandError `system`, naming both, for what the system refused. */
export async function inServedFolder<Result>(root: string, work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    const code = codeOf(error);
    if (code === undefined) throw error;
    const path = error instanceof Error && 'path' in error && typeof error.path === 'string' ? error.path : root;
    const where = path === root ? root : `${root} (${path})`;
    const words = code === 'ENOENT' ? 'nothing can be made there (ENOENT)' : systemWords(code);
    throw new CommandError('system', `cannot write the mirror to ${where}: ${words}`, {
      cause: error,
      details: { path },
      next: 'name with --to a folder that this user may write to, on a disk with room',
    });
  }
}

/** Of an error of the system. */
const codeOf = (error: unknown): string | undefined =>
  error instanceof Error && 'syscall' in error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;

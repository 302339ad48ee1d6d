// The folder of a store, before LevelDB sees it. LevelDB makes an empty database wherever it does not find its CURRENT file, and
// then deletes the tables it does not know: a lost file would cost the whole store and look like a fresh start.
import { mkdir, readdir } from 'node:fs/promises';
import { StoreError, shown } from '../errors.ts';

/**
 * Creates the folder if there is none (mode 0700) and says whether a database stands in it.
 *
 * @throws StoreError `unavailable` when the folder cannot be made or listed, `damaged` when it holds a database without its beginning
 */
export async function prepareFolder(folder: string): Promise<'empty' | 'database'> {
  const names = await listed(folder);
  if (names.includes('CURRENT')) return 'database';
  if (names.some(isRemnant)) {
    throw new StoreError('damaged', `the store in ${shown(folder)} lost its CURRENT file`, { details: { folder } });
  }
  return 'empty';
}

const WORDS: ReadonlyMap<string, string> = new Map([
  ['EACCES', 'permission denied'],
  ['EROFS', 'the file system is read-only'],
  ['ENOSPC', 'the disk is full'],
  ['ENOTDIR', 'a part of the path is not a folder'],
  ['EEXIST', 'it is not a folder'],
]);

function reasonOf(cause: unknown): string {
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : 'failed';
  const words = WORDS.get(code);
  return words === undefined ? code : `${words} (${code})`;
}

async function listed(folder: string): Promise<readonly string[]> {
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    return await readdir(folder);
  } catch (cause) {
    throw new StoreError('unavailable', `cannot open the folder ${shown(folder)}: ${reasonOf(cause)}`, { cause, details: { folder } });
  }
}

// MANIFEST-000001 alone is what a crash leaves while a database is made for the first time.
const isRemnant = (name: string): boolean =>
  /^\d+\.(log|ldb|sst)$/.test(name) || (/^MANIFEST-\d+$/.test(name) && name !== 'MANIFEST-000001');

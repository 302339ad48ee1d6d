// What is wrong with the disk that the memory lies on, in one word: from the error of a write, and by looking without writing.
import { constants } from 'node:fs';
import { access, readdir, stat, statfs } from 'node:fs/promises';
import { join } from 'node:path';

/** What a machine reads in `/readyz`. Each is explained in docs/reference/signer.md. */
export type SignerTrouble = 'disk-full' | 'disk-read-only' | 'memory-unwritable';

/** LevelDB tells of the system's reasons in the system's words, everybody else by its code; either may lie some causes deep. */
export function troubleOf(error: unknown): SignerTrouble {
  let text = '';
  for (let at = error, depth = 0; at instanceof Error && depth < 8; at = at.cause, depth += 1) text += ` ${errorCode(at)} ${at.message}`;
  if (/ENOSPC|EDQUOT|no space left|quota exceeded/i.test(text)) return 'disk-full';
  return /EROFS|read-only file system/i.test(text) ? 'disk-read-only' : 'memory-unwritable';
}

const errorCode = (error: Error): string => ('code' in error ? String(error.code) : '');

const MIB = 1024 * 1024;

/** Undefined where at least a megabyte is left in a folder that takes it. */
export async function troubleIn(folder: string): Promise<SignerTrouble | undefined> {
  try {
    return (await freeIn(folder)) < MIB ? 'disk-full' : undefined;
  } catch (error) {
    return troubleOf(error);
  }
}

/**
 * Opening a LevelDB makes a table of its log, beside a new manifest, before the log is removed. Asked while the old one is still open, because
 * closed it answers nobody. Throws what `troubleOf` understands.
 */
export async function checkRoomToOpen(folder: string): Promise<void> {
  const logs = (await readdir(folder)).filter((name) => name.endsWith('.log'));
  const sizes = await Promise.all(logs.map(async (name) => (await stat(join(folder, name))).size));
  const wanted = sizes.reduce((sum, size) => sum + size, 2 * MIB);
  const free = await freeIn(folder);
  if (free < wanted) throw new Error(`ENOSPC: ${folder} has ${free} bytes left, opening it anew may need ${wanted}`);
}

async function freeIn(folder: string): Promise<number> {
  await access(folder, constants.W_OK);
  const { bavail, bsize } = await statfs(folder);
  return bavail * bsize;
}

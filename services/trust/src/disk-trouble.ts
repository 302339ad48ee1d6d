// What is wrong with a disk, in one word: from an error of a write, and by looking at a folder before anybody writes.
import { constants } from 'node:fs';
import { access, statfs } from 'node:fs/promises';

export type DiskTrouble = 'disk-full' | 'disk-read-only';

const WORDS: readonly (readonly [RegExp, DiskTrouble])[] = [
  [/\bENOSPC\b|\bEDQUOT\b|no space left on device|disk quota exceeded/i, 'disk-full'],
  [/\bEROFS\b|read-only file system/i, 'disk-read-only'],
];

/** LevelDB's errors carry the system's words, everybody else's its code; either may lie some causes deep. */
export function diskTroubleOf(error: unknown): DiskTrouble | undefined {
  for (let at = error, depth = 0; at instanceof Error && depth < 8; at = at.cause, depth += 1) {
    const text = `${'code' in at ? String(at.code) : ''} ${at.message}`;
    const found = WORDS.find(([words]) => words.test(text));
    if (found !== undefined) return found[1];
  }
  return undefined;
}

// Less than this is full: a publish of the usual size would not fit.
const LEAST = 1024 * 1024;

/** Looks without writing. A folder that cannot be looked at says nothing here: the store and the marks speak for themselves. */
export async function diskTroubleIn(folder: string): Promise<DiskTrouble | undefined> {
  try {
    await access(folder, constants.W_OK);
    const { bavail, bsize } = await statfs(folder);
    return bavail * bsize < LEAST ? 'disk-full' : undefined;
  } catch (error) {
    return diskTroubleOf(error);
  }
}

// Folders of this machine's own. Node's recursive mkdir takes ten times as long as the system call, and a cold verification makes five.
import { mkdirSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { systemCode } from './durable-file.ts';

/** Makes `folder`, and whatever is missing above it, for its owner alone. Whether it was missing. Throws what the file system throws. */
export function makeFolder(folder: string): boolean {
  try {
    return made(folder);
  } catch (error) {
    if (systemCode(error) !== 'ENOENT' || dirname(folder) === folder) throw error;
    makeFolder(dirname(folder));
    return made(folder);
  }
}

function made(folder: string): boolean {
  try {
    mkdirSync(folder, { mode: 0o700 });
    return true;
  } catch (error) {
    if (systemCode(error) === 'EEXIST' && statSync(folder, { throwIfNoEntry: false })?.isDirectory() === true) return false;
    throw error;
  }
}

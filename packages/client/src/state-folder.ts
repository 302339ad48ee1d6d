// The folder that holds rollback memory. Whoever else can write to it can make this machine forget.
import { type Stats, statSync } from 'node:fs';
import { StateError } from './errors.ts';
import { makeFolder } from './make-folder.ts';
import { unwritable } from './state-errors.ts';

const WRITABLE_BY_OTHERS = 0o022;

/**
 * Makes `folder` with mode 0700 where there is none. Throws StateError: `unwritable-state` when it cannot be made, `unsafe-state`
 * when somebody else owns it, or may write to it.
 */
export async function openStateFolder(folder: string, owner: number | undefined): Promise<void> {
  const { uid, mode } = made(folder);
  if (owner === undefined) return;
  if (uid !== owner) throw unsafe(folder, `it belongs to user ${uid}, wanted ${owner}`);
  if ((mode & WRITABLE_BY_OTHERS) !== 0) throw unsafe(folder, `others may write to it (mode ${(mode & 0o777).toString(8)}), wanted 700`);
}

function made(folder: string): Stats {
  try {
    const there = statSync(folder, { throwIfNoEntry: false });
    if (there?.isDirectory() === true) return there;
    makeFolder(folder);
    return statSync(folder);
  } catch (error) {
    throw unwritable(folder, error);
  }
}

const unsafe = (path: string, reason: string): StateError => new StateError('unsafe-state', `${path}: ${reason}`, { details: { path } });

// Whether a folder takes what opening a LevelDB anew writes: its log becomes a table, beside a new manifest. Asked before the one that
// is open is closed, because closed it answers no reads, and a disk that is full does not let it be opened again.
import { constants } from 'node:fs';
import { open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { StoreError, shown } from '../errors.ts';

// LevelDB's log grows to 4 MiB before it becomes a table.
const WANTED = 6 * 1024 * 1024;
const PIECE = Buffer.alloc(256 * 1024);

/** Throws StoreError(`unavailable`) with the reason of the operating system, `disk-full` among `details` where it is that. */
export async function roomIn(folder: string): Promise<void> {
  const file = join(folder, 'countersign.room');
  try {
    // A name that somebody else put there must not be followed anywhere.
    const handle = await open(file, constants.O_WRONLY | constants.O_CREAT | constants.O_TRUNC | constants.O_NOFOLLOW, 0o600);
    try {
      for (let written = 0; written < WANTED; written += PIECE.length) await handle.writeFile(PIECE);
      await handle.sync();
    } finally {
      await handle.close();
    }
  } catch (cause) {
    const reason = cause instanceof Error && 'code' in cause ? String(cause.code) : 'failed';
    const text = `the folder ${shown(folder)} does not take ${WANTED} bytes (${reason}), which opening its store again may need`;
    throw new StoreError('unavailable', text, { cause, details: { folder, reason } });
  } finally {
    await rm(file, { force: true }).catch(() => undefined);
  }
}

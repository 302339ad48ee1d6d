// Files that nobody vouches for: what is read of them is bounded, and never waited for.
import { closeSync, constants, fstatSync, openSync, readFileSync } from 'node:fs';

/** Undefined for what is no plain file, or longer than `maxLength`. Throws what the file system throws. */
export function readBounded(path: string, maxLength: number): Uint8Array | undefined {
  // Opening a pipe would wait for whoever writes to it, and a device has no end.
  const file = openSync(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
  try {
    const status = fstatSync(file);
    return !status.isFile() || status.size > maxLength ? undefined : readFileSync(file);
  } finally {
    closeSync(file);
  }
}

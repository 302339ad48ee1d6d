// Which process a number means. Every container counts its processes from one, and after some time, or a new start of the machine, a
// number is given again: a state folder that several share must not take one for the other.
import { createHash } from 'node:crypto';
import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';

/** Where process numbers mean what they mean here: this machine since it was started, and this container of it. 16 hex digits. */
export function placeHere(): string {
  const machine = orNothing(() => readFileSync('/proc/sys/kernel/random/boot_id', 'utf8'));
  const container = orNothing(() => readlinkSync('/proc/self/ns/pid'));
  return createHash('sha256')
    .update(JSON.stringify([hostname(), machine ?? '', container ?? '']))
    .digest('hex')
    .slice(0, 16);
}

/** When a process began, in ticks since the machine did. Undefined where nothing tells: it is gone, or the system does not say. */
export function startOf(processId: number): string | undefined {
  const text = orNothing(() => readFileSync(`/proc/${processId}/stat`, 'utf8'));
  // The second field is the name of the program, in brackets and with anything in it; the start is field 22.
  return text
    ?.slice(text.lastIndexOf(')') + 2)
    .split(' ')
    .at(19);
}

/** Not every system tells these things. */
function orNothing(read: () => string): string | undefined {
  try {
    return read();
  } catch (error) {
    if (error instanceof Error && 'code' in error) return undefined;
    throw error;
  }
}

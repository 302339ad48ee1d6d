// Files of secrets that others than their owner may read. It is told and not refused where an orchestrator mounts secrets with a mode of its own:
// what keeps others out there is the mount.
import { stat } from 'node:fs/promises';
import { platform } from 'node:os';

export interface OpenFile {
  /** `0644` */
  readonly mode: string;
  /** The command that closes it. */
  readonly mend: string;
}

/** Undefined for a file that is closed to others, for one that cannot be looked at, and on Windows, which has no mode bits. */
export async function openToOthers(path: string): Promise<OpenFile | undefined> {
  if (platform() === 'win32') return undefined;
  let mode: number;
  try {
    mode = (await stat(path)).mode & 0o777;
  } catch (error) {
    // Whoever reads it says why it cannot be read.
    if (error instanceof Error && 'syscall' in error) return undefined;
    throw error;
  }
  return (mode & 0o077) === 0 ? undefined : { mode: octal(mode), mend: `chmod 600 ${path}` };
}

export const octal = (mode: number): string => mode.toString(8).padStart(4, '0');

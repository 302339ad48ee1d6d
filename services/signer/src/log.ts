// Audit lines: JSON on standard error, one for each signature, each refusal and each connection that was turned away. Never a payload or
// a key. The one file of this service that imports pino.
import { destination, type Logger, pino } from 'pino';

export type { Logger };

// What a full disk does not take waits here, and is written in order before the next line that finds room; more than this is left out. Without
// somebody who listens, each line would throw where it is logged, and end a process that does its work.
const MOST_WAITING = 4 * 1024 * 1024;

/** A logger to standard error, or another descriptor, which is flushed when the process ends. */
export function signerLog(level: 'debug' | 'info' | 'warn' | 'error' = 'info', dest = 2): Logger {
  const lines = destination({ dest, sync: true, maxLength: MOST_WAITING });
  lines.on('error', () => undefined);
  return pino({ level, base: null, timestamp: pino.stdTimeFunctions.isoTime }, lines);
}

/** A logger that gives each line to `write`. */
export const logTo = (write: (line: string) => void): Logger => pino({ base: null }, { write });

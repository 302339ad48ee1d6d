// Log lines: JSON on standard error, one for each write, refusal or failure, none for reads. Never a header: they hold tokens.
// The one file that imports pino.
import { destination, type Logger, pino } from 'pino';

export type { Logger };

// What a full disk does not take waits here, and is written in order before the next line that finds room; more than this is left out. Without
// somebody who listens, each line would throw where it is logged, and end a process that does its work.
const MOST_WAITING = 4 * 1024 * 1024;

/** A logger to standard error, or another descriptor, which is flushed when the process ends. */
export function standardLog(level: 'debug' | 'info' | 'warn' | 'error' = 'info', dest = 2): Logger {
  const lines = destination({ dest, sync: true, maxLength: MOST_WAITING });
  lines.on('error', () => undefined);
  return pino({ level, base: null, timestamp: pino.stdTimeFunctions.isoTime }, lines);
}

export const silentLog = (): Logger => pino({ level: 'silent', enabled: false });

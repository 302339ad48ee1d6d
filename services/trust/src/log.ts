// Log lines: JSON on standard error, one for each write, refusal or failure, none for reads. Never a header: they hold tokens.
// The one file that imports pino.
import { destination, type Logger, pino } from 'pino';

export type { Logger };

/** A logger to standard error, which is flushed when the process ends. */
export function standardLog(level: 'debug' | 'info' | 'warn' | 'error' = 'info'): Logger {
  return pino({ level, base: null, timestamp: pino.stdTimeFunctions.isoTime }, destination({ dest: 2, sync: true }));
}

export const silentLog = (): Logger => pino({ level: 'silent', enabled: false });

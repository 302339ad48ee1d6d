// Audit lines: JSON on standard error, one for each signature, each refusal and each connection that was turned away. Never a payload or
// a key. The one file of this service that imports pino.
import { destination, type Logger, pino } from 'pino';

export type { Logger };

/** A logger to standard error, which is flushed when the process ends. */
export function signerLog(level: 'debug' | 'info' | 'warn' | 'error' = 'info'): Logger {
  return pino({ level, base: null, timestamp: pino.stdTimeFunctions.isoTime }, destination({ dest: 2, sync: true }));
}

/** A logger that gives each line to `write`. */
export const logTo = (write: (line: string) => void): Logger => pino({ base: null }, { write });

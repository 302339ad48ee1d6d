// For tests: a logger whose lines are at hand.
import { pino } from 'pino';
import type { Logger } from '../log.ts';

export interface Line {
  readonly level: number;
  readonly msg: string;
  readonly [fact: string]: unknown;
}

export function keptLog(): { readonly log: Logger; readonly lines: readonly Line[] } {
  const lines: Line[] = [];
  return { lines, log: pino({ level: 'info', base: null }, { write: (line: string) => lines.push(JSON.parse(line)) }) };
}

// The lines of a high-water file. Each carries the first digits of its own SHA-256, so that a changed digit is damage and not a
// lower mark. Only the last line may be cut: that is what a crash in the middle of an append leaves.
import { hash } from 'node:crypto';
import { excerpt } from '@countersign/core';
import { StartError } from './errors.ts';

/** The highest numbers that this server signed for a repository. */
export interface Mark {
  readonly timestamp: number;
  readonly snapshot: number;
  readonly seq: number;
}

const SCHEMA = 'countersign-high-water/1';

export const FIRST_LINE: string = `${SCHEMA}\n`;

// In one call: a server reads and writes as many lines when it starts as it has repositories.
const checksum = (text: string): string => hash('sha256', text, 'hex').slice(0, 16);

/** `repository` is a key of the caller's own making. */
export function markLine(repository: string, { timestamp, snapshot, seq }: Mark): string {
  const text = JSON.stringify([repository, timestamp, snapshot, seq]);
  return `${checksum(text)} ${text}\n`;
}

export interface MarksRead {
  readonly marks: Map<string, Mark>;
  /** Whether the file has a line for each of them and nothing else, so that it can be appended to as it is. */
  readonly isCompact: boolean;
}

/** A line that is not what was written. */
export interface DamagedLine {
  /** To stand after the name of the file. */
  readonly words: string;
  /** The repository that the line names, where it names one; nothing vouches for that. */
  readonly repository?: string;
}

/** All marks of a file. Throws StartError(`damaged-marks`): a damaged file must never read as an empty one. */
export function readMarks(text: string, file: string): MarksRead {
  const { damage, ...read } = findMarks(text);
  for (const { words } of damage) throw new StartError('damaged-marks', `${file} ${words}`);
  return read;
}

/** What can be read of a file, for whoever looks into it; a server starts on no file that has damage. */
export function findMarks(text: string): MarksRead & { readonly damage: readonly DamagedLine[] } {
  const lines = text.split('\n');
  const cut = lines.pop() ?? '';
  const [schema, ...rest] = lines;
  const damage: DamagedLine[] = [];
  if (schema !== SCHEMA)
    damage.push({ words: `is no high-water file of this version: wanted ${SCHEMA} in its first line, got ${excerpt(schema ?? cut)}` });
  const marks = new Map<string, Mark>();
  for (const [index, line] of rest.entries()) {
    const body = line.slice(17);
    const found = fields(body);
    if (line !== `${checksum(body)} ${body}` || found?.mark === undefined)
      damage.push({ words: `is damaged in line ${index + 2}`, ...(found && { repository: found.repository }) });
    else marks.set(found.repository, raised(marks.get(found.repository), found.mark));
  }
  return { marks, isCompact: cut === '' && marks.size === rest.length, damage };
}

/** The higher of each number. */
export function raised(before: Mark | undefined, mark: Mark): Mark {
  return {
    timestamp: Math.max(before?.timestamp ?? 0, mark.timestamp),
    snapshot: Math.max(before?.snapshot ?? 0, mark.snapshot),
    seq: Math.max(before?.seq ?? 0, mark.seq),
  };
}

function fields(body: string): { readonly repository: string; readonly mark: Mark | undefined } | undefined {
  const value = parsed(body);
  const [repository, timestamp, snapshot, seq] = Array.isArray(value) ? value : [];
  if (typeof repository !== 'string') return undefined;
  return { repository, mark: [timestamp, snapshot, seq].every(Number.isSafeInteger) ? { timestamp, snapshot, seq } : undefined };
}

function parsed(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

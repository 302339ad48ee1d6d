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

/** All marks of a file. Throws StartError(`damaged-marks`): a damaged file must never read as an empty one. */
export function readMarks(text: string, file: string): MarksRead {
  const lines = text.split('\n');
  const cut = lines.pop() ?? '';
  const [schema, ...rest] = lines;
  if (schema !== SCHEMA)
    throw damaged(`${file} is no high-water file of this version: wanted ${SCHEMA} in its first line, got ${excerpt(schema ?? cut)}`);
  const marks = new Map<string, Mark>();
  for (const [index, line] of rest.entries()) {
    const body = line.slice(17);
    if (line !== `${checksum(body)} ${body}`) throw damaged(`${file} is damaged in line ${index + 2}`);
    const [repository, mark] = fields(body, file);
    marks.set(repository, raised(marks.get(repository), mark));
  }
  return { marks, isCompact: cut === '' && marks.size === rest.length };
}

/** The higher of each number. */
export function raised(before: Mark | undefined, mark: Mark): Mark {
  return {
    timestamp: Math.max(before?.timestamp ?? 0, mark.timestamp),
    snapshot: Math.max(before?.snapshot ?? 0, mark.snapshot),
    seq: Math.max(before?.seq ?? 0, mark.seq),
  };
}

function fields(body: string, file: string): readonly [string, Mark] {
  const value: unknown = JSON.parse(body);
  const [repository, timestamp, snapshot, seq] = Array.isArray(value) ? value : [];
  if (typeof repository !== 'string' || ![timestamp, snapshot, seq].every(Number.isSafeInteger)) {
    throw damaged(`${file} holds a line that is no mark`);
  }
  return [repository, { timestamp, snapshot, seq }];
}

const damaged = (text: string): StartError => new StartError('damaged-marks', text);

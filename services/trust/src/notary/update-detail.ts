// What a refused upload tells its publisher: clients show `Msg`, and nothing where there is no detail that they know.
import type { CountersignError } from '@countersign/core';

const NAMES: ReadonlyMap<unknown, string> = new Map([
  ['root', 'ErrBadRoot'],
  ['targets', 'ErrBadTargets'],
  ['snapshot', 'ErrBadSnapshot'],
  ['hierarchy', 'ErrBadHierarchy'],
  ['validation', 'ErrValidation'],
]);

// With the envelope less than the 1024 bytes that clients read, whatever a character takes in JSON and UTF-8.
const LONGEST = 700;

/** Undefined for an error that is about no part of an upload. */
export function updateDetail({ message, details }: CountersignError): object | undefined {
  const name = NAMES.get(details['about']);
  if (name === undefined) return undefined;
  const missing = typeof details['missing'] === 'string' ? { Missing: fitting(details['missing'], 80) } : {};
  return { Name: name, Error: { ...missing, Msg: fitting(message, LONGEST) } };
}

/** As much of a text as fits into so many bytes of JSON. */
export function fitting(text: string, bytes: number): string {
  let kept = '';
  let used = 0;
  for (const character of text) {
    used += Buffer.byteLength(JSON.stringify(character)) - 2;
    if (used > bytes) return kept;
    kept += character;
  }
  return kept;
}

// The names of what is signed: target paths, and the tags of an OCI registry, which are target paths of one segment.
import { excerpt } from '../bytes/excerpt.ts';
import { FormatError } from '../errors.ts';
import { hasControlCharacter, utf8Length } from './text.ts';

/**
 * Reads a target path for publishing: segments separated by `/`, none of them empty, `.` or `..`; no backslash, no control
 * characters, in NFC (TUF 1.0.34 §4.5). Each refused form is one that clients store, compare or look up differently.
 * Throws FormatError `invalid-name`.
 */
export function parseTargetPath(text: string): string {
  const reason = objection(text);
  if (reason !== undefined) throw new FormatError('invalid-name', `target path ${reason}, got ${excerpt(text)}`);
  return text;
}

function objection(text: string): string | undefined {
  if (text === '') return 'is empty';
  if (text.includes('\\')) return 'holds a backslash';
  if (hasControlCharacter(text)) return 'holds a control character';
  if (utf8Length(text) === undefined) return 'holds a lone surrogate';
  if (text.normalize('NFC') !== text) return 'is not in NFC';
  for (const segment of text.split('/')) {
    if (segment === '') return 'has an empty segment';
    if (segment === '.' || segment === '..') return 'has a segment of dots';
  }
  return undefined;
}

/** Reads a tag as OCI distribution-spec 1.1 defines it: `[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}`. Throws FormatError `invalid-name`. */
export function parseTag(text: string): string {
  if (!/^[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}$/.test(text)) {
    throw new FormatError('invalid-name', `wanted a tag of 1 to 128 characters a-z A-Z 0-9 . _ -, got ${excerpt(text)}`);
  }
  return text;
}

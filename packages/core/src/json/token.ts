// The tokens of strict JSON: white space, strings and integers, read from one decoded text without copying it.
// Whatever could be spelled otherwise clears `canonical`, so that canonical files are recognised in the same pass.
import { excerpt } from '../bytes/excerpt.ts';
import { FormatError } from '../errors.ts';
import { isWellFormed } from './code-points.ts';

/** A place in a text, and what has been learnt on the way. */
export interface Cursor {
  readonly text: string;
  readonly maxDepth: number;
  /** Member names met before, so that a repeated one costs no new string. */
  readonly names: string[];
  at: number;
  /** Whether everything since it was last set to true was spelled as OLPC canonical JSON spells it. */
  canonical: boolean;
}

/** Throws FormatError `malformed` that tells the place and what stands there. */
export function fail(cursor: Cursor, wanted: string): never {
  const { at, text } = cursor;
  const got = at < text.length ? excerpt(text.slice(at, at + 16)) : 'the end of the file';
  throw new FormatError('malformed', `json at character ${at}: ${wanted}, got ${got}`);
}

/** Moves past white space (RFC 8259 §2), of which canonical JSON has none. */
export function skipSpace(cursor: Cursor): void {
  const { text } = cursor;
  let at = cursor.at;
  for (;;) {
    const unit = text.charCodeAt(at);
    if (unit !== 0x20 && unit !== 0x0a && unit !== 0x0d && unit !== 0x09) break;
    at++;
  }
  if (at !== cursor.at) {
    cursor.at = at;
    cursor.canonical = false;
  }
}

/** Reads a whole number; the cursor stands on its first character. */
export function readInteger(cursor: Cursor): number {
  const { text } = cursor;
  const start = cursor.at;
  const negative = text.charCodeAt(start) === 0x2d;
  const first = negative ? start + 1 : start;
  let at = first;
  let value = 0;
  for (; at < text.length; at++) {
    const digit = text.charCodeAt(at) - 0x30;
    if (!(digit >= 0 && digit <= 9)) break;
    value = value * 10 + digit;
  }
  if (at === first) fail(cursor, 'wanted a value');
  const next = text.charCodeAt(at);
  if (next === 0x2e || next === 0x65 || next === 0x45) fail(cursor, 'wanted a whole number without fraction or exponent');
  if (text.charCodeAt(first) === 0x30 && (negative || at - first > 1)) fail(cursor, 'wanted a number without -0 and leading zeros');
  if (value > Number.MAX_SAFE_INTEGER) fail(cursor, 'wanted a whole number within 2^53-1');
  cursor.at = at;
  return negative ? -value : value;
}

/** Reads a string; the cursor stands behind its opening quote. */
export function readString(cursor: Cursor): string {
  const { text } = cursor;
  const start = cursor.at;
  for (let at = start; at < text.length; at++) {
    const unit = text.charCodeAt(at);
    if (unit === 0x22) {
      cursor.at = at + 1;
      return text.substring(start, at);
    }
    if (unit === 0x5c) return readEscaped(cursor, at);
    if (unit < 0x20) {
      cursor.at = at;
      fail(cursor, 'wanted control characters escaped');
    }
  }
  cursor.at = text.length;
  return fail(cursor, 'wanted a closing quote');
}

const SHORT_ESCAPES: ReadonlyMap<string, string> = new Map([
  ['"', '"'],
  ['\\', '\\'],
  ['/', '/'],
  ['b', '\b'],
  ['f', '\f'],
  ['n', '\n'],
  ['r', '\r'],
  ['t', '\t'],
]);

/** Reads the rest of a string from its first backslash at `firstEscape`. */
function readEscaped(cursor: Cursor, firstEscape: number): string {
  const { text } = cursor;
  const start = cursor.at;
  const parts: string[] = [text.substring(start, firstEscape)];
  let at = firstEscape;
  for (;;) {
    const kind = text.charAt(at + 1);
    const short = SHORT_ESCAPES.get(kind);
    if (kind !== '"' && kind !== '\\') cursor.canonical = false;
    if (short !== undefined) {
      parts.push(short);
      at += 2;
    } else {
      const digits = text.slice(at + 2, at + 6);
      if (kind !== 'u' || !/^[0-9a-fA-F]{4}$/.test(digits)) {
        cursor.at = at;
        fail(cursor, 'wanted an escape sequence');
      }
      parts.push(String.fromCharCode(Number.parseInt(digits, 16)));
      at += 6;
    }
    const from = at;
    for (; at < text.length; at++) {
      const unit = text.charCodeAt(at);
      if (unit === 0x22 || unit === 0x5c) break;
      if (unit < 0x20) {
        cursor.at = at;
        fail(cursor, 'wanted control characters escaped');
      }
    }
    if (at >= text.length) {
      cursor.at = at;
      fail(cursor, 'wanted a closing quote');
    }
    parts.push(text.substring(from, at));
    if (text.charCodeAt(at) === 0x22) break;
  }
  const value = parts.join('');
  if (!isWellFormed(value)) {
    cursor.at = start;
    fail(cursor, 'wanted text without lone surrogates');
  }
  cursor.at = at + 1;
  return value;
}

// The tokens of strict JSON: white space, strings and whole numbers. They are found in the bytes, which is several times
// faster than asking a string for its characters, and cut out of the text that was decoded once.
// Whatever could be spelled otherwise clears `canonical`, so that canonical files are recognised in the same pass.
import { excerpt } from '../bytes/excerpt.ts';
import { FormatError } from '../errors.ts';
import { isWellFormed } from './code-points.ts';
import type { Repeat } from './repeats.ts';

/** A place in a file, and what has been learnt on the way. */
export interface Cursor {
  /** The file, which is valid UTF-8. */
  readonly bytes: Uint8Array;
  /** The same as text. */
  readonly text: string;
  readonly maxDepth: number;
  /** Short strings met before, by a small hash: metadata repeats `length` and `sha256` a hundred thousand times. */
  readonly known: string[];
  /** Small objects met before, by a small hash. */
  readonly repeats: (Repeat | undefined)[];
  /** The place in `bytes`. */
  at: number;
  /** `at` minus the place in `text`: above 0 once characters of several bytes were passed. */
  shift: number;
  /** Whether everything since it was last set to true was spelled as OLPC canonical JSON spells it. */
  canonical: boolean;
}

/** Throws FormatError `malformed` that tells the place and what stands there. */
export function fail(cursor: Cursor, wanted: string): never {
  const { at, shift, text } = cursor;
  const got = at < cursor.bytes.length ? excerpt(text.slice(at - shift, at - shift + 16)) : 'the end of the file';
  throw new FormatError('malformed', `json at byte ${at}: ${wanted}, got ${got}`);
}

/** Moves past white space (RFC 8259 §2), of which canonical JSON has none. */
export function skipSpace(cursor: Cursor): void {
  const { bytes } = cursor;
  let at = cursor.at;
  for (;;) {
    const byte = bytes[at];
    if (byte !== 0x20 && byte !== 0x0a && byte !== 0x0d && byte !== 0x09) break;
    at++;
  }
  if (at === cursor.at) return;
  cursor.at = at;
  cursor.canonical = false;
}

/** Reads a whole number; the cursor stands on its first character. */
export function readInteger(cursor: Cursor): number {
  const { bytes } = cursor;
  const start = cursor.at;
  const negative = bytes[start] === 0x2d;
  const first = negative ? start + 1 : start;
  let at = first;
  let value = 0;
  for (; at < bytes.length; at++) {
    const digit = (bytes[at] ?? 0) - 0x30;
    if (digit < 0 || digit > 9) break;
    value = value * 10 + digit;
  }
  if (at === first) fail(cursor, 'wanted a value');
  const next = bytes[at];
  if (next === 0x2e || next === 0x65 || next === 0x45) fail(cursor, 'wanted a whole number without fraction or exponent');
  if (bytes[first] === 0x30 && (negative || at - first > 1)) fail(cursor, 'wanted a number without -0 and leading zeros');
  if (value > Number.MAX_SAFE_INTEGER) fail(cursor, 'wanted a whole number within 2^53-1');
  cursor.at = at;
  return negative ? -value : value;
}

/** Reads a string; the cursor stands behind its opening quote. */
export function readString(cursor: Cursor): string {
  const { bytes } = cursor;
  const start = cursor.at;
  let at = start;
  for (; at < bytes.length; at++) {
    const byte = bytes[at] ?? 0;
    if (byte === 0x22) {
      cursor.at = at + 1;
      return slice(cursor, start, at);
    }
    if (byte === 0x5c || byte < 0x20 || byte >= 0x80) break;
  }
  return readAnyString(cursor);
}

// The longest string that is worth looking up: longer ones are cut without copying.
const SHORT = 16;
const SLOTS = 256;

/** The text of the ASCII bytes from `start` to `end`. */
function slice(cursor: Cursor, start: number, end: number): string {
  const { bytes, text, shift, known } = cursor;
  const length = end - start;
  if (length > SHORT) return text.substring(start - shift, end - shift);
  const slot = ((bytes[start] ?? 0) * 31 + (bytes[end - 1] ?? 0) * 7 + length) & (SLOTS - 1);
  const candidate = known[slot] ?? '';
  if (candidate.length === length) {
    let same = 0;
    while (same < length && candidate.charCodeAt(same) === bytes[start + same]) same++;
    if (same === length) return candidate;
  }
  const fresh = text.substring(start - shift, end - shift);
  known[slot] = fresh;
  return fresh;
}

const ESCAPES: ReadonlyMap<string, string> = new Map([
  ['"', '"'],
  ['\\', '\\'],
  ['/', '/'],
  ['b', '\b'],
  ['f', '\f'],
  ['n', '\n'],
  ['r', '\r'],
  ['t', '\t'],
]);

/** Reads a string with escapes or characters of several bytes; the cursor stands behind its opening quote. */
function readAnyString(cursor: Cursor): string {
  const { bytes, text } = cursor;
  const start = cursor.at;
  const startShift = cursor.shift;
  let value = '';
  let from = start - cursor.shift;
  while (cursor.at < bytes.length) {
    const byte = bytes[cursor.at] ?? 0;
    if (byte < 0x20) fail(cursor, 'wanted control characters escaped');
    if (byte === 0x22) {
      value += text.substring(from, cursor.at - cursor.shift);
      if (!isWellFormed(value)) {
        cursor.at = start;
        cursor.shift = startShift;
        fail(cursor, 'wanted text without lone surrogates');
      }
      cursor.at++;
      return value;
    }
    if (byte === 0x5c) {
      value += text.substring(from, cursor.at - cursor.shift) + readEscape(cursor);
      from = cursor.at - cursor.shift;
    } else {
      // A character of 2 or 3 bytes is one unit of text, one of 4 bytes is two.
      if (byte >= 0x80 && byte < 0xc0) cursor.shift++;
      else if (byte >= 0xf0) cursor.shift--;
      cursor.at++;
    }
  }
  return fail(cursor, 'wanted a closing quote');
}

/** Reads one escape sequence; the cursor stands on its backslash. */
function readEscape(cursor: Cursor): string {
  const at = cursor.at - cursor.shift;
  const kind = cursor.text.charAt(at + 1);
  if (kind !== '"' && kind !== '\\') cursor.canonical = false;
  const character = ESCAPES.get(kind);
  if (character !== undefined) {
    cursor.at += 2;
    return character;
  }
  const digits = cursor.text.slice(at + 2, at + 6);
  if (kind !== 'u' || !/^[0-9a-fA-F]{4}$/.test(digits)) fail(cursor, 'wanted an escape sequence');
  cursor.at += 6;
  return String.fromCharCode(Number.parseInt(digits, 16));
}

// Strings of strict JSON, cut out of the text that was decoded once. Nearly all are plain ASCII, and many of them the same few.
import { isWellFormed } from './code-points.ts';
import { type Cursor, fail } from './cursor.ts';

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

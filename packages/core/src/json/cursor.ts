// Where the JSON reader stands, and the small steps it takes: past white space and whole numbers. Tokens are found in the
// bytes, which is several times faster than asking a string for its characters. Whatever could be spelled otherwise
// clears `canonical`, so that canonical files are recognised in the same pass.
import { excerpt } from '../bytes/excerpt.ts';
import { FormatError } from '../errors.ts';
import type { JsonObject } from './value.ts';

/** A small canonical ASCII object that was read, and where it stood. */
export interface Repeat {
  readonly start: number;
  readonly length: number;
  readonly depth: number;
  readonly object: JsonObject;
}

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

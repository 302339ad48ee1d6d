// Strict JSON: one file has one meaning, or is refused. JSON.parse keeps the last of two members of one name, reads
// `1.0` as 1 and an escaped lone surrogate as text, each of which lets an unsigned hand change a file that still verifies.
import { decodeUtf8, encodeUtf8 } from '../bytes/utf8.ts';
import { FormatError } from '../errors.ts';
import { compareCodePoints } from './code-points.ts';
import { type Cursor, fail, readInteger, readString, skipSpace } from './token.ts';
import type { JsonObject, JsonValue } from './value.ts';

/** A JSON file that was read. */
export interface JsonDocument {
  readonly value: JsonValue;
  /**
   * The bytes of the top-level member `name`, as they stand in the file, when they are already its OLPC canonical form
   * (a view on the bytes that were read, not a copy, where possible); otherwise undefined, and the value must be encoded.
   */
  canonicalMember(name: string): Uint8Array | undefined;
}

// Deeper than this nobody may ask for: each level is a frame on the stack.
const DEEPEST = 1000;

/** Where the value of a top-level member stands in the text, if that is canonical. */
interface Span {
  readonly start: number;
  readonly end: number;
}

/**
 * Reads strict JSON. Refuses duplicate members, fractions, exponents, `-0`, integers beyond 2^53-1, lone surrogates,
 * invalid UTF-8, a byte order mark, unescaped control characters and trailing bytes with FormatError `malformed`, and
 * more than `limits.maxDepth` nested objects and arrays with `too-large`. The time is linear in the length.
 */
export function readJson(bytes: Uint8Array, limits: { readonly maxDepth: number }): JsonDocument {
  const text = decodeUtf8(bytes);
  const cursor: Cursor = { text, at: 0, canonical: true, maxDepth: Math.min(limits.maxDepth, DEEPEST), names: [] };
  const spans = new Map<string, Span>();
  skipSpace(cursor);
  const value = cursor.text.charCodeAt(cursor.at) === 0x7b ? readObject(cursor, 1, spans) : readValue(cursor, 1);
  skipSpace(cursor);
  if (cursor.at < text.length) fail(cursor, 'wanted the end of the file');
  return {
    value,
    canonicalMember(name) {
      const span = spans.get(name);
      if (span === undefined) return undefined;
      // As many characters as bytes: all ASCII, so both count alike.
      if (text.length === bytes.length) return bytes.subarray(span.start, span.end);
      return encodeUtf8(text.slice(span.start, span.end));
    },
  };
}

function readValue(cursor: Cursor, depth: number): JsonValue {
  switch (cursor.text.charCodeAt(cursor.at)) {
    case 0x22: // "
      cursor.at++;
      return readString(cursor);
    case 0x7b: // {
      return readObject(cursor, depth, undefined);
    case 0x5b: // [
      return readArray(cursor, depth);
    case 0x74: // t
      return readWord(cursor, 'true', true);
    case 0x66: // f
      return readWord(cursor, 'false', false);
    case 0x6e: // n
      return readWord(cursor, 'null', null);
    default:
      return readInteger(cursor);
  }
}

function readWord<Value>(cursor: Cursor, word: string, value: Value): Value {
  if (!cursor.text.startsWith(word, cursor.at)) fail(cursor, 'wanted a value');
  cursor.at += word.length;
  return value;
}

function enter(cursor: Cursor, depth: number): void {
  if (depth > cursor.maxDepth) throw new FormatError('too-large', `json is nested deeper than ${cursor.maxDepth} levels`);
  cursor.at++;
  skipSpace(cursor);
}

function readObject(cursor: Cursor, depth: number, spans: Map<string, Span> | undefined): JsonObject {
  enter(cursor, depth);
  const object = new Map<string, JsonValue>();
  const { text } = cursor;
  if (text.charCodeAt(cursor.at) === 0x7d) {
    cursor.at++;
    return object;
  }
  let previous: string | undefined;
  for (let size = 1; ; size++) {
    if (text.charCodeAt(cursor.at) !== 0x22) fail(cursor, 'wanted a member name');
    cursor.at++;
    const nameAt = cursor.at;
    const name = readString(cursor);
    if (previous !== undefined && compareCodePoints(previous, name) >= 0) cursor.canonical = false;
    previous = name;
    skipSpace(cursor);
    if (text.charCodeAt(cursor.at) !== 0x3a) fail(cursor, 'wanted a colon');
    cursor.at++;
    skipSpace(cursor);
    const start = cursor.at;
    if (spans !== undefined) cursor.canonical = true;
    const value = readValue(cursor, depth + 1);
    if (spans !== undefined && cursor.canonical) spans.set(name, { start, end: cursor.at });
    object.set(name, value);
    if (object.size !== size) {
      cursor.at = nameAt;
      fail(cursor, 'wanted each member once');
    }
    skipSpace(cursor);
    const unit = text.charCodeAt(cursor.at);
    if (unit !== 0x2c && unit !== 0x7d) fail(cursor, 'wanted a comma or a closing brace');
    cursor.at++;
    if (unit === 0x7d) return object;
    skipSpace(cursor);
  }
}

function readArray(cursor: Cursor, depth: number): JsonValue[] {
  enter(cursor, depth);
  const array: JsonValue[] = [];
  const { text } = cursor;
  if (text.charCodeAt(cursor.at) === 0x5d) {
    cursor.at++;
    return array;
  }
  for (;;) {
    array.push(readValue(cursor, depth + 1));
    skipSpace(cursor);
    const unit = text.charCodeAt(cursor.at);
    if (unit !== 0x2c && unit !== 0x5d) fail(cursor, 'wanted a comma or a closing bracket');
    cursor.at++;
    if (unit === 0x5d) return array;
    skipSpace(cursor);
  }
}

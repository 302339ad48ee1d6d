// Strict JSON: one file has one meaning, or is refused. JSON.parse keeps the last of two members of one name, reads
// `1.0` as 1 and an escaped lone surrogate as text, each of which lets an unsigned hand change a file that still verifies.
import { excerpt } from '../bytes/excerpt.ts';
import { decodeUtf8 } from '../bytes/utf8.ts';
import { FormatError } from '../errors.ts';
import { compareCodePoints } from './code-points.ts';
import { type Cursor, fail, readInteger, skipSpace } from './cursor.ts';
import { readRepeat, rememberObject } from './repeats.ts';
import { readString } from './string.ts';
import type { JsonObject, JsonValue } from './value.ts';

/** A JSON file that was read. */
export interface JsonDocument {
  /** Small objects that are equal may be one and the same Map, which is one more reason never to write to them. */
  readonly value: JsonValue;
  /**
   * The bytes of the top-level member `name` as they stand in the file (a view on it, not a copy), when they are already
   * its OLPC canonical form; otherwise undefined, and the value must be encoded.
   */
  canonicalMember(name: string): Uint8Array | undefined;
}

// Deeper than this nobody may ask for: each level is a frame on the stack.
const DEEPEST = 1000;

/**
 * Reads strict JSON. Refuses duplicate members, fractions, exponents, `-0`, integers beyond 2^53-1, lone surrogates,
 * invalid UTF-8, a byte order mark, unescaped control characters and trailing bytes with FormatError `malformed`, and
 * more than `limits.maxDepth` nested objects and arrays (1,000 at most) with `too-large`. The time is linear in the length.
 */
export function readJson(bytes: Uint8Array, limits: { readonly maxDepth: number }): JsonDocument {
  const text = decodeUtf8(bytes);
  const maxDepth = Math.min(limits.maxDepth, DEEPEST);
  const cursor: Cursor = { bytes, text, maxDepth, known: [], repeats: [], at: 0, shift: 0, canonical: true };
  const canonical = new Map<string, Uint8Array>();
  skipSpace(cursor);
  const value = bytes[cursor.at] === 0x7b ? readObject(cursor, 1, canonical) : readValue(cursor, 1);
  skipSpace(cursor);
  if (cursor.at < bytes.length) fail(cursor, 'wanted the end of the file');
  return { value, canonicalMember: (name) => canonical.get(name) };
}

function readValue(cursor: Cursor, depth: number): JsonValue {
  switch (cursor.bytes[cursor.at]) {
    case 0x22: // "
      cursor.at++;
      return readString(cursor);
    case 0x7b: // {
      return readRepeat(cursor, depth) ?? readNewObject(cursor, depth);
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
  if (!cursor.text.startsWith(word, cursor.at - cursor.shift)) fail(cursor, 'wanted a value');
  cursor.at += word.length;
  return value;
}

function readNewObject(cursor: Cursor, depth: number): JsonObject {
  const { at, shift } = cursor;
  const object = readObject(cursor, depth, undefined);
  // Otherwise giving it again would have to repeat what reading it did to the cursor.
  if (cursor.canonical && cursor.shift === shift) rememberObject(cursor, at, depth, object);
  return object;
}

/** Reads an object; notes in `canonical` which of its members stand there in canonical form. */
function readObject(cursor: Cursor, depth: number, canonical: Map<string, Uint8Array> | undefined): JsonObject {
  const object = new Map<string, JsonValue>();
  if (enter(cursor, depth, 0x7d)) return object;
  const { bytes } = cursor;
  let previous: string | undefined;
  for (let size = 1; ; size++) {
    if (bytes[cursor.at] !== 0x22) fail(cursor, 'wanted a member name');
    const nameAt = cursor.at++;
    const name = readString(cursor);
    if (previous !== undefined && compareCodePoints(previous, name) > 0) cursor.canonical = false;
    previous = name;
    skipSpace(cursor);
    if (bytes[cursor.at] !== 0x3a) fail(cursor, 'wanted a colon');
    cursor.at++;
    skipSpace(cursor);
    const start = cursor.at;
    if (canonical !== undefined) cursor.canonical = true;
    object.set(name, readValue(cursor, depth + 1));
    if (object.size !== size)
      throw new FormatError('malformed', `json at byte ${nameAt}: wanted each member once, got ${excerpt(name)} again`);
    if (canonical !== undefined && cursor.canonical) canonical.set(name, bytes.subarray(start, cursor.at));
    if (leave(cursor, 0x7d, 'wanted a comma or a closing brace')) return object;
  }
}

function readArray(cursor: Cursor, depth: number): JsonValue[] {
  const array: JsonValue[] = [];
  if (enter(cursor, depth, 0x5d)) return array;
  for (;;) {
    array.push(readValue(cursor, depth + 1));
    if (leave(cursor, 0x5d, 'wanted a comma or a closing bracket')) return array;
  }
}

/** Steps into an object or array; true when it closes at once. */
function enter(cursor: Cursor, depth: number, closing: number): boolean {
  if (depth > cursor.maxDepth) throw new FormatError('too-large', `json is nested deeper than ${cursor.maxDepth} levels`);
  cursor.at++;
  skipSpace(cursor);
  if (cursor.bytes[cursor.at] !== closing) return false;
  cursor.at++;
  return true;
}

/** Steps behind an item; true when the object or array closes there. */
function leave(cursor: Cursor, closing: number, wanted: string): boolean {
  skipSpace(cursor);
  const byte = cursor.bytes[cursor.at];
  if (byte === closing) {
    cursor.at++;
    return true;
  }
  if (byte !== 0x2c) fail(cursor, wanted);
  cursor.at++;
  skipSpace(cursor);
  return false;
}

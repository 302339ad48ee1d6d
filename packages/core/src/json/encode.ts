// The walk that both written forms share: members sorted by code point, no white space, whole numbers only. They differ in
// how control characters are written, and in nothing else.
import { FormatError } from '../errors.ts';
import { compareCodePoints } from './code-points.ts';
import { type ControlCharacters, newSink, putAscii, putByte, putString, type Sink } from './sink.ts';
import { isJsonArray, isJsonObject, type JsonArray, type JsonObject, type JsonValue } from './value.ts';

// Each level is a frame on the stack; nothing that the reader accepts is deeper.
const DEEPEST = 1000;

/** The bytes of `value`. Throws FormatError for what canonical JSON cannot say. */
export function encode(value: JsonValue, controls: ControlCharacters): Uint8Array {
  const sink = newSink(controls);
  putValue(sink, value, 1);
  return sink.bytes.slice(0, sink.length);
}

function putValue(sink: Sink, value: JsonValue, depth: number): void {
  if (typeof value === 'string') putString(sink, value);
  else if (typeof value === 'number') putInteger(sink, value);
  else if (value === null || typeof value === 'boolean') putAscii(sink, String(value));
  else if (depth > DEEPEST) throw new FormatError('too-large', `json is nested deeper than ${DEEPEST} levels`);
  else if (isJsonObject(value)) putObject(sink, value, depth);
  else if (isJsonArray(value)) putArray(sink, value, depth);
  else throw new FormatError('malformed', `wanted a json value to write, got ${typeof value}`);
}

function putInteger(sink: Sink, value: number): void {
  if (!Number.isSafeInteger(value))
    throw new FormatError('malformed', `wanted a whole number within 2^53-1 to write as json, got ${value}`);
  putAscii(sink, String(value));
}

function putObject(sink: Sink, object: JsonObject, depth: number): void {
  let separator = 0x7b;
  for (const [name, value] of isSorted(object) ? object : sorted(object)) {
    putByte(sink, separator);
    putString(sink, name);
    putByte(sink, 0x3a);
    putValue(sink, value, depth + 1);
    separator = 0x2c;
  }
  if (separator === 0x7b) putByte(sink, 0x7b);
  putByte(sink, 0x7d);
}

function putArray(sink: Sink, array: JsonArray, depth: number): void {
  putByte(sink, 0x5b);
  for (const [index, item] of array.entries()) {
    if (index > 0) putByte(sink, 0x2c);
    putValue(sink, item, depth + 1);
  }
  putByte(sink, 0x5d);
}

/** Most objects come sorted, out of canonical files. */
function isSorted(object: JsonObject): boolean {
  let previous: string | undefined;
  for (const name of object.keys()) {
    if (previous !== undefined && compareCodePoints(previous, name) > 0) return false;
    previous = name;
  }
  return true;
}

const sorted = (object: JsonObject): JsonObject => new Map([...object].sort(([a], [b]) => compareCodePoints(a, b)));

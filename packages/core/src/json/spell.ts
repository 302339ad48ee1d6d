// The walk that both writers share: sorted members, no white space, whole numbers only. They differ in how a string
// is quoted, and in nothing else.
import { FormatError } from '../errors.ts';
import { compareCodePoints, isWellFormed } from './code-points.ts';
import { isJsonArray, isJsonObject, type JsonObject, type JsonValue } from './value.ts';

// Each level is a frame on the stack; nothing that the reader accepts is deeper.
const DEEPEST = 1000;

type Quote = (text: string) => string;

/** `value` as text. Throws FormatError for what canonical JSON cannot say. */
export function spell(value: JsonValue, quote: Quote): string {
  return spellValue(value, quote, 1);
}

function spellValue(value: JsonValue, quote: Quote, depth: number): string {
  if (typeof value === 'string') return spellString(value, quote);
  if (typeof value === 'number') return spellInteger(value);
  if (value === null || typeof value === 'boolean') return String(value);
  if (depth > DEEPEST) throw new FormatError('too-large', `json is nested deeper than ${DEEPEST} levels`);
  if (isJsonObject(value)) return spellObject(value, quote, depth);
  if (isJsonArray(value)) return `[${value.map((item) => spellValue(item, quote, depth + 1)).join(',')}]`;
  throw new FormatError('malformed', `wanted a json value to write, got ${typeof value}`);
}

function spellString(text: string, quote: Quote): string {
  if (!isWellFormed(text)) throw new FormatError('malformed', 'wanted text without lone surrogates to write as json');
  return quote(text);
}

function spellInteger(value: number): string {
  if (!Number.isSafeInteger(value))
    throw new FormatError('malformed', `wanted a whole number within 2^53-1 to write as json, got ${value}`);
  return String(value);
}

function spellObject(object: JsonObject, quote: Quote, depth: number): string {
  let text = '';
  let previous: string | undefined;
  for (const [name, value] of object) {
    // Most objects come sorted, from canonical files: only the first one out of order costs a sort.
    if (previous !== undefined && compareCodePoints(previous, name) > 0) return spellObject(sorted(object), quote, depth);
    text += `${previous === undefined ? '' : ','}${spellString(name, quote)}:${spellValue(value, quote, depth + 1)}`;
    previous = name;
  }
  return `{${text}}`;
}

const sorted = (object: JsonObject): JsonObject => new Map([...object].sort(([a], [b]) => compareCodePoints(a, b)));

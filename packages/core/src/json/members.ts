// Reading the members of an object that must have a certain shape. A member of another type is always an error, also
// where the member may be absent: what is not understood is not the same as what is not there.
import { excerpt } from '../bytes/excerpt.ts';
import { FormatError } from '../errors.ts';
import { isJsonArray, isJsonObject, type JsonArray, type JsonObject, type JsonValue } from './value.ts';

type Kind<Value extends JsonValue> = { readonly wanted: string; is(value: JsonValue): value is Value };

const OBJECT: Kind<JsonObject> = { wanted: 'an object', is: isJsonObject };
const ARRAY: Kind<JsonArray> = { wanted: 'an array', is: isJsonArray };
const STRING: Kind<string> = { wanted: 'a string', is: (value) => typeof value === 'string' };
const INTEGER: Kind<number> = { wanted: 'a whole number', is: (value): value is number => Number.isSafeInteger(value) };
const BOOLEAN: Kind<boolean> = { wanted: 'true or false', is: (value) => typeof value === 'boolean' };

/** What kind of JSON value this is, for an error message: `a string`, `nothing`. */
export function describeJson(value: JsonValue | undefined): string {
  if (value === undefined) return 'nothing';
  if (value === null) return 'null';
  if (isJsonObject(value)) return 'an object';
  if (isJsonArray(value)) return 'an array';
  return typeof value === 'boolean' ? String(value) : `a ${typeof value}`;
}

// A name out of a fixed grammar stands as it is; a foreign one is quoted and cut.
const place = (where: string, name: string): string => `${where}.${/^[\w-]{1,40}$/.test(name) ? name : excerpt(name)}`;

function required<Value extends JsonValue>(object: JsonObject, name: string, where: string, kind: Kind<Value>): Value {
  const value = object.get(name);
  if (value !== undefined && kind.is(value)) return value;
  throw new FormatError('malformed', `${place(where, name)}: wanted ${kind.wanted}, got ${describeJson(value)}`);
}

function optional<Value extends JsonValue>(object: JsonObject, name: string, where: string, kind: Kind<Value>): Value | undefined {
  return object.has(name) ? required(object, name, where, kind) : undefined;
}

/** The object at `name`. Throws FormatError `malformed`, naming `where.name`, when it is absent or of another type. */
export const memberObject = (object: JsonObject, name: string, where: string): JsonObject => required(object, name, where, OBJECT);
/** The array at `name`; throws like `memberObject`. */
export const memberArray = (object: JsonObject, name: string, where: string): JsonArray => required(object, name, where, ARRAY);
/** The string at `name`; throws like `memberObject`. */
export const memberString = (object: JsonObject, name: string, where: string): string => required(object, name, where, STRING);
/** The whole number within 2^53-1 at `name`; throws like `memberObject`. */
export const memberInteger = (object: JsonObject, name: string, where: string): number => required(object, name, where, INTEGER);
/** The boolean at `name`; throws like `memberObject`. */
export const memberBoolean = (object: JsonObject, name: string, where: string): boolean => required(object, name, where, BOOLEAN);

/** The object at `name`, or undefined when there is no such member. A member of another type throws like `memberObject`. */
export const optionalMemberObject = (object: JsonObject, name: string, where: string): JsonObject | undefined =>
  optional(object, name, where, OBJECT);
/** The array at `name`, or undefined when there is no such member. */
export const optionalMemberArray = (object: JsonObject, name: string, where: string): JsonArray | undefined =>
  optional(object, name, where, ARRAY);
/** The string at `name`, or undefined when there is no such member. */
export const optionalMemberString = (object: JsonObject, name: string, where: string): string | undefined =>
  optional(object, name, where, STRING);
/** The whole number at `name`, or undefined when there is no such member. */
export const optionalMemberInteger = (object: JsonObject, name: string, where: string): number | undefined =>
  optional(object, name, where, INTEGER);
/** The boolean at `name`, or undefined when there is no such member. */
export const optionalMemberBoolean = (object: JsonObject, name: string, where: string): boolean | undefined =>
  optional(object, name, where, BOOLEAN);

/** `value` as an object. Throws FormatError `malformed`, naming `where`. */
export function asObject(value: JsonValue | undefined, where: string): JsonObject {
  if (isJsonObject(value)) return value;
  throw new FormatError('malformed', `${where}: wanted an object`);
}

/** `value` as a string; throws like `asObject`. */
export function asString(value: JsonValue | undefined, where: string): string {
  if (typeof value === 'string') return value;
  throw new FormatError('malformed', `${where}: wanted a string`);
}

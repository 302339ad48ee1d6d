// Reading files of ours: strict JSON, schema 1, and no member that this version does not know.
import { excerpt, FormatError, isJsonObject, type JsonObject, type JsonValue, readJson } from '@countersign/core';

/** The object in `file`. Throws FormatError unless it is one of schema 1. */
export function readSchemaOne(file: Uint8Array, what: string, limits: { readonly jsonDepth: number }): JsonObject {
  const { value } = readJson(file, { maxDepth: limits.jsonDepth });
  const object = asObject(value, what);
  const schema = object.get('schema');
  if (schema !== 1) throw new FormatError('malformed', `${what}.schema: wanted 1, got ${excerpt(String(schema))}`);
  return object;
}

export function asObject(value: JsonValue | undefined, where: string): JsonObject {
  if (!isJsonObject(value)) throw new FormatError('malformed', `${where}: wanted an object`);
  return value;
}

/** A member that is misspelled would otherwise be a rule that silently does not hold. */
export function refuseUnknown(object: JsonObject, known: readonly string[], where: string): void {
  for (const name of object.keys()) {
    if (!known.includes(name)) throw new FormatError('malformed', `${where}: unknown member ${excerpt(name)}, wanted ${known.join(', ')}`);
  }
}

/** The array of strings at `name`, or undefined where there is no such member. */
export function stringsAt(object: JsonObject, name: string, where: string): readonly string[] | undefined {
  const value = object.get(name);
  if (value === undefined) return undefined;
  if (!Array.isArray(value) || !value.every((item) => typeof item === 'string')) {
    throw new FormatError('malformed', `${where}.${name}: wanted a list of strings`);
  }
  return value;
}

// From the objects that tests write to the maps that core writes.
import type { JsonObject, JsonValue } from '@countersign/core';

/** Members that are `undefined` are left out. */
export function toJson(value: Readonly<Record<string, unknown>>): JsonObject {
  return new Map(Object.entries(value).flatMap(([name, member]) => (member === undefined ? [] : [[name, toValue(member)] as const])));
}

function toValue(value: unknown): JsonValue {
  if (value === null || typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') return value;
  if (Array.isArray(value)) return value.map(toValue);
  if (typeof value === 'object') return toJson({ ...value });
  throw new Error(`no JSON: ${typeof value}`);
}

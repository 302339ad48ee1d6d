// One member of a tree, replaced or taken away before the file is signed: the smallest lie a key holder can tell.
import { isJsonArray, isJsonObject, type JsonObject, type JsonValue } from '@countersign/core';
import type { Bend } from '../simulator/simulator.ts';

/** Names of members and positions in arrays, from `signed` down. */
export type MemberPath = readonly (string | number)[];

/** Replaces the value at `path`, or adds it. Throws when there is no such place: a corruption that changes nothing proves nothing. */
export const withMember =
  (path: MemberPath, value: JsonValue): Bend =>
  (signed) =>
    asTree(edit(signed, path, () => value));

/** Takes the member or the array item at `path` away. */
export const withoutMember =
  (path: MemberPath): Bend =>
  (signed) =>
    asTree(edit(signed, path, () => undefined));

/** Replaces the value at `path` by what `change` makes of it. */
export const changedMember =
  (path: MemberPath, change: (value: JsonValue) => JsonValue): Bend =>
  (signed) =>
    asTree(
      edit(signed, path, (value) => {
        if (value === undefined) throw new Error(`nothing stands at ${path.join('.')}`);
        return change(value);
      }),
    );

/** The value at `path`, or undefined. */
export function memberAt(value: JsonValue | undefined, path: MemberPath): JsonValue | undefined {
  let at = value;
  for (const step of path) {
    if (typeof step === 'number') at = isJsonArray(at) ? at[step] : undefined;
    else at = isJsonObject(at) ? at.get(step) : undefined;
  }
  return at;
}

function edit(value: JsonValue | undefined, path: MemberPath, last: (value: JsonValue | undefined) => JsonValue | undefined): JsonValue {
  const [step, ...rest] = path;
  if (step === undefined) throw new Error('a path names at least one member');
  const inner = memberAt(value, [step]);
  const replacement = rest.length === 0 ? last(inner) : edit(inner, rest, last);
  if (typeof step === 'string' && isJsonObject(value)) {
    const copy = new Map(value);
    if (replacement !== undefined) copy.set(step, replacement);
    else if (!copy.delete(step)) throw new Error(`there is no member ${step} to take away`);
    return copy;
  }
  if (typeof step === 'number' && isJsonArray(value)) {
    const copy = [...value];
    copy.splice(step, 1, ...(replacement === undefined ? [] : [replacement]));
    return copy;
  }
  throw new Error(`there is no place ${path.join('.')}`);
}

function asTree(value: JsonValue): JsonObject {
  if (!isJsonObject(value)) throw new Error('wanted an object');
  return value;
}

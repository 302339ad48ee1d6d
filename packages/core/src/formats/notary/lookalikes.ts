// Members that a reader in Go would take for others: it matches names without regard to case, and the last one wins. A file that holds
// two spellings of one name says two things to two readers.
import { FormatError } from '../../errors.ts';
import type { JsonObject } from '../../json/value.ts';

/** The one spelling that Go's folding leads to: U+017F reads as `s` there, and U+212A as `k`. */
const folded = (name: string): string => name.toUpperCase().toLowerCase();

/** Throws FormatError `malformed` when a member is spelled like one of `known`, but for case. */
export function refuseLookalikes(object: JsonObject, known: ReadonlySet<string>, where: string): void {
  for (const name of object.keys()) {
    if (known.has(name)) continue;
    const meant = folded(name);
    if (known.has(meant)) throw new FormatError('malformed', `${where}: wanted the member ${meant} in lower case alone`);
  }
}

/** A set of names for `refuseLookalikes`. */
export const knownMembers = (...names: readonly string[]): ReadonlySet<string> => new Set(names);

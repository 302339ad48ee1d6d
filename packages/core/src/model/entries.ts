// What a signed entry of ours says of itself, in its member `custom.countersign`: an image, a file, or a denial.

import { excerpt } from '../bytes/excerpt.ts';
import { FormatError, TrustError } from '../errors.ts';
import { isJsonObject, type JsonObject, type JsonValue, jsonObject } from '../json/value.ts';
import type { Digest, Gun } from '../names/brand.ts';
import type { TargetEntry } from './metadata.ts';

/** What an entry speaks of. `unstated` where it was signed by other tools, which know no kinds. */
export type EntryKind = { readonly kind: 'image'; readonly mediaType: string } | { readonly kind: 'file' | 'revocation' | 'unstated' };

const hashesOf = (digest: Digest): ReadonlyMap<string, string> => {
  const separator = digest.indexOf(':');
  return new Map([[digest.slice(0, separator), digest.slice(separator + 1)]]);
};

const withStatement = (statement: JsonObject, custom: JsonObject | undefined): JsonObject =>
  new Map<string, JsonValue>([...(custom ?? []), ['countersign', statement]]);

/** An image: the manifest or index that a tag points at, by the digest and length of its bytes. */
export function imageEntry(
  image: { readonly digest: Digest; readonly length: number; readonly mediaType: string },
  custom?: JsonObject,
): TargetEntry {
  const statement = jsonObject({ v: 1, kind: 'image', mediaType: image.mediaType });
  return { length: image.length, hashes: hashesOf(image.digest), custom: withStatement(statement, custom) };
}

/** A file that is not in a registry. */
export function fileEntry(file: { readonly digest: Digest; readonly length: number }, custom?: JsonObject): TargetEntry {
  return { length: file.length, hashes: hashesOf(file.digest), custom: withStatement(jsonObject({ v: 1, kind: 'file' }), custom) };
}

/** The signed denial of a digest under every tag. */
export function revocationEntry(digest: Digest): TargetEntry {
  return { length: 0, hashes: hashesOf(digest), custom: withStatement(jsonObject({ v: 1, kind: 'revocation' }), undefined) };
}

/**
 * The entry as somebody signs it for `gun` where files do not say whose they are: alone, it would hold in every repository that trusts
 * the same key. Entries that other tools made stay as they are.
 */
export function entryOf(gun: Gun, entry: TargetEntry): TargetEntry {
  const statement = entry.custom?.get('countersign');
  if (!isJsonObject(statement)) return entry;
  return { ...entry, custom: withStatement(new Map<string, JsonValue>([...statement, ['gun', gun]]), entry.custom) };
}

/** Throws TrustError(`wrong-repository`) for an entry that says it was signed for another repository, or says it unreadably. */
export function checkEntryOf(gun: Gun, path: string, entry: TargetEntry): void {
  const statement = entry.custom?.get('countersign');
  const named = isJsonObject(statement) ? statement.get('gun') : undefined;
  if (named === undefined || named === gun) return;
  throw new TrustError('wrong-repository', `${path.slice(0, 80)} was signed for ${excerpt(String(named))}, wanted ${gun.slice(0, 80)}`, {
    details: { path, wanted: gun, got: excerpt(String(named)) },
  });
}

/** What the paths of denials begin with: no tag can have such a name, because tags start with a letter, a digit or `_`. */
export const DENIALS = '.revoked/';

/** Where the denial of a digest stands. */
export const revocationPath = (digest: Digest): string => `${DENIALS}${digest.replace(':', '-')}`;

/** Throws FormatError when an entry says something of itself that this version does not understand. */
export function entryKind(entry: TargetEntry): EntryKind {
  const statement = entry.custom?.get('countersign');
  if (statement === undefined) return { kind: 'unstated' };
  if (!isJsonObject(statement) || statement.get('v') !== 1)
    throw new FormatError('malformed', 'custom.countersign: wanted version 1 of an entry');
  const [kind, mediaType] = [statement.get('kind'), statement.get('mediaType')];
  if (kind === 'file' || kind === 'revocation') return { kind };
  if (kind === 'image' && typeof mediaType === 'string') return { kind, mediaType };
  throw new FormatError('malformed', `custom.countersign.kind: wanted image, file or revocation, got ${excerpt(String(kind))}`);
}

// What the snapshot that stands was made of: the upload that a publisher signed, and the caller's note about it. It is kept in the same write
// as the signature, so that a trust server which died before its own commit, or another one in its place, can finish that publish byte for
// byte. One is kept for each repository: the next snapshot is signed only for who shows this one.
import {
  concatBytes,
  encodeUtf8,
  isJsonArray,
  isJsonObject,
  memberArray,
  memberString,
  parseRoleName,
  type RoleName,
  readJson,
} from '@countersign/core';
import { SetupError } from './errors.ts';

export interface Basis {
  readonly note: string;
  readonly upload: ReadonlyMap<RoleName, Uint8Array>;
}

const LINE_FEED = 10;

/** A line of JSON that names the files and their lengths, and behind it their bytes. */
export function spellBasis({ note, upload }: Basis): Uint8Array {
  const files = [...upload].map(([role, { length }]) => [role, length]);
  return concatBytes(encodeUtf8(`${JSON.stringify({ schema: 1, note, files })}\n`), ...upload.values());
}

/** Throws SetupError(`damaged-memory`). */
export function readBasis(bytes: Uint8Array, name: string): Basis {
  try {
    const end = bytes.indexOf(LINE_FEED);
    const { value } = readJson(bytes.subarray(0, Math.max(end, 0)), { maxDepth: 3 });
    if (!isJsonObject(value) || value.get('schema') !== 1) throw new Error('it is of another version');
    let at = end + 1;
    const upload = memberArray(value, 'files', 'basis').map((pair) => {
      const [role, length] = isJsonArray(pair) ? pair : [];
      if (typeof role !== 'string' || typeof length !== 'number') throw new Error('a file is not [role, length]');
      at += length;
      return [parseRoleName(role), bytes.slice(at - length, at)] as const;
    });
    if (at !== bytes.length) throw new Error(`it has ${bytes.length} bytes, wanted ${at}`);
    return { note: memberString(value, 'note', 'basis'), upload: new Map(upload) };
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : 'it cannot be read';
    throw new SetupError('damaged-memory', `what was uploaded last for ${name} is damaged: ${why}`, { cause });
  }
}

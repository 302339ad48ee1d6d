// A head as LevelDB keeps it: sealed, and never believed to be absent where there is a record.
import { headText, readHeadText } from '../head-text.ts';
import type { StoredHead } from '../line.ts';
import { damaged, sealText, unsealText } from '../sealed.ts';
import { headKey, seqKey } from './keys.ts';

/** The sealed value of a head under `key`. */
export const headValue = (key: string, stored: StoredHead): Uint8Array => sealText(key, headText(stored));

/** @throws StoreError `damaged` naming the key */
export const readHeadValue = (key: string, value: Uint8Array): StoredHead => readHeadText(key, unsealText(key, value));

/** The keys that `readCurrent` asks for. */
export const currentKeys = (repository: string): readonly string[] => [headKey(repository), seqKey(repository, 1)];

/**
 * The stored head of a repository, if it has one. A lost head must not read as a new repository, whose history would start again:
 * where there is a first record, there must be a head.
 *
 * @throws StoreError `damaged` naming the key
 */
export function readCurrent(repository: string, read: (key: string) => Uint8Array | undefined): StoredHead | undefined {
  const key = headKey(repository);
  const value = read(key);
  if (value !== undefined) return readHeadValue(key, value);
  if (read(seqKey(repository, 1)) !== undefined) throw damaged(key, 'is missing');
  return undefined;
}

// A head as JSON, and back. Reading checks every member: the checksum says that the bytes are ours, not that the program that wrote
// them was this one.
import type { RoleName } from '@countersign/core';
import type { StoredHead } from '../decide.ts';
import { isDigest, isHash, isRoleName, isVersion, isWhole } from '../guards.ts';
import type { Head, HeadFile, Revision, ServerRole } from '../store.ts';
import { damaged, sealText, unsealText } from './sealed.ts';

/** The sealed value of a head under `key`. */
export function headValue(key: string, { head, life }: StoredHead): Uint8Array {
  const files = [...head.files.values()].map(({ role, version, digest, length }) => [role, version, digest, length]);
  const { revision, seq, recordHash, deleted } = head;
  const lists = { files, generations: [...head.generations], pending: [...head.pending] };
  return sealText(key, JSON.stringify({ revision, seq, recordHash, deleted, life, ...lists }));
}

/** @throws StoreError `damaged` naming the key */
export function readHeadValue(key: string, value: Uint8Array): StoredHead {
  const text = unsealText(key, value);
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw damaged(key, 'is not JSON', cause);
  }
  if (!isHeadJson(json)) throw damaged(key, 'is not a head');
  const { revision, seq, recordHash, deleted, life } = json;
  const files = new Map<RoleName, HeadFile>();
  for (const [role, version, digest, length] of json.files) files.set(role, { role, version, digest, length });
  const head: Head = {
    revision,
    seq,
    recordHash,
    files,
    deleted,
    generations: new Map(json.generations),
    pending: new Map(json.pending),
  };
  return { head, life };
}

type FileEntry = readonly [RoleName, HeadFile['version'], HeadFile['digest'], number];
type HeadJson = {
  readonly revision: Revision;
  readonly seq: number;
  readonly recordHash: string;
  readonly deleted: boolean;
  readonly life: number;
  readonly files: readonly FileEntry[];
  readonly generations: readonly (readonly [ServerRole, number])[];
  readonly pending: readonly (readonly [RoleName, HeadFile['digest']])[];
};

const isFileEntry = (entry: unknown): entry is FileEntry =>
  Array.isArray(entry) && isRoleName(entry[0]) && isVersion(entry[1]) && isDigest(entry[2]) && isWhole(entry[3], 0);
const isGeneration = (entry: unknown): boolean =>
  Array.isArray(entry) && (entry[0] === 'snapshot' || entry[0] === 'timestamp') && isWhole(entry[1], 0);
const isPending = (entry: unknown): boolean => Array.isArray(entry) && isRoleName(entry[0]) && isDigest(entry[1]);
const isListOf = (value: unknown, isEntry: (entry: unknown) => boolean): boolean => Array.isArray(value) && value.every(isEntry);

function isHeadJson(value: unknown): value is HeadJson {
  if (typeof value !== 'object' || value === null) return false;
  const { revision, seq, recordHash, deleted, life, files, generations, pending } = value as Partial<Record<keyof HeadJson, unknown>>;
  const isChain = seq === 0 ? recordHash === '' : isWhole(seq, 1) && isHash(recordHash);
  return (
    isWhole(revision, 1) &&
    isChain &&
    typeof deleted === 'boolean' &&
    isWhole(life, 1) &&
    isListOf(files, isFileEntry) &&
    isListOf(generations, isGeneration) &&
    isListOf(pending, isPending)
  );
}

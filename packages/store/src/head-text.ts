// A head as JSON, and back: what every store that writes heads down shares. Reading checks every member: a checksum says that the
// bytes are ours, not that the program that wrote them was this one.
import type { RoleName } from '@countersign/core';
import { isDigest, isHash, isRoleName, isVersion, isWhole } from './guards.ts';
import { lineOf, type StoredHead } from './line.ts';
import { damaged } from './sealed.ts';
import type { Head, HeadFile, Revision, ServerRole } from './store.ts';

export function headText(stored: StoredHead): string {
  const { head, life, line } = stored;
  const files = [...head.files.values()].map(({ role, version, digest, length }) => [role, version, digest, length, lineOf(stored, role)]);
  const { revision, seq, recordHash, deleted } = head;
  const lists = { files, generations: [...head.generations], pending: [...head.pending] };
  return JSON.stringify({ revision, seq, recordHash, deleted, life, line, ...lists });
}

/** @throws StoreError `damaged` naming `key`, under which the text was stored */
export function readHeadText(key: string, text: string): StoredHead {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw damaged(key, 'is not JSON', cause);
  }
  if (!isHeadJson(json)) throw damaged(key, 'is not a head');
  // Heads from before roles could be retired name no lines: then everything is in the line that began with the life.
  const { revision, seq, recordHash, deleted, life, line = life } = json;
  const files = new Map<RoleName, HeadFile>();
  const lines = new Map<RoleName, number>();
  for (const [role, version, digest, length, lineOfRole = life] of json.files) {
    files.set(role, { role, version, digest, length });
    lines.set(role, lineOfRole);
  }
  const head: Head = {
    revision,
    seq,
    recordHash,
    files,
    deleted,
    generations: new Map(json.generations),
    pending: new Map(json.pending),
  };
  return { head, life, line, lines };
}

type FileEntry = readonly [RoleName, HeadFile['version'], HeadFile['digest'], number, number?];
type HeadJson = {
  readonly revision: Revision;
  readonly seq: number;
  readonly recordHash: string;
  readonly deleted: boolean;
  readonly life: number;
  readonly line?: number;
  readonly files: readonly FileEntry[];
  readonly generations: readonly (readonly [ServerRole, number])[];
  readonly pending: readonly (readonly [RoleName, HeadFile['digest']])[];
};

const isLine = (value: unknown): boolean => value === undefined || isWhole(value, 1);
const isFileEntry = (entry: unknown): entry is FileEntry =>
  Array.isArray(entry) && isRoleName(entry[0]) && isVersion(entry[1]) && isDigest(entry[2]) && isWhole(entry[3], 0) && isLine(entry[4]);
const isGeneration = (entry: unknown): boolean =>
  Array.isArray(entry) && (entry[0] === 'snapshot' || entry[0] === 'timestamp') && isWhole(entry[1], 0);
const isPending = (entry: unknown): boolean => Array.isArray(entry) && isRoleName(entry[0]) && isDigest(entry[1]);
const isListOf = (value: unknown, isEntry: (entry: unknown) => boolean): boolean => Array.isArray(value) && value.every(isEntry);

function isHeadJson(value: unknown): value is HeadJson {
  if (typeof value !== 'object' || value === null) return false;
  const { revision, seq, recordHash, deleted, life, line, files, generations, pending } = value as Partial<Record<keyof HeadJson, unknown>>;
  const isChain = seq === 0 ? recordHash === '' : isWhole(seq, 1) && isHash(recordHash);
  return (
    isWhole(revision, 1) &&
    isChain &&
    typeof deleted === 'boolean' &&
    isWhole(life, 1) &&
    isLine(line) &&
    isListOf(files, isFileEntry) &&
    isListOf(generations, isGeneration) &&
    isListOf(pending, isPending)
  );
}

// An item of a dump as one line of JSON, and back. Bytes are in base64: whatever they are, they come back as they were. Reading
// believes nothing: a backup may have lain anywhere.

import type { StoredItem } from '../dump/item.ts';
import { StoreError, shown } from '../errors.ts';
import { isDialectName, isDigest, isGun, isRoleName, isVersion, isWhole } from '../guards.ts';
import { headText, readHeadText } from '../head-text.ts';
import type { RepositoryRef } from '../repository.ts';

/** Ends with a newline. */
export function itemLine(item: StoredItem): string {
  return `${JSON.stringify(plain(item))}\n`;
}

function plain(item: StoredItem): Readonly<Record<string, unknown>> {
  switch (item.item) {
    case 'head':
      return { item: item.item, ...item.repository, head: JSON.parse(headText(item)) };
    case 'version': {
      const { line, role, version, digest } = item;
      return { item: item.item, ...item.repository, line, role, version, digest };
    }
    case 'file': {
      const { life, role, digest } = item;
      return { item: item.item, ...item.repository, life, role, digest, bytes: base64(item.bytes) };
    }
    case 'draft':
      return { item: item.item, ...item.repository, role: item.role, bytes: base64(item.bytes) };
    case 'record':
      return { item: item.item, position: item.position, bytes: base64(item.bytes) };
    case 'claim':
      return { item: item.item, ...item.claim, gun: item.gun };
  }
}

/** @throws StoreError `damaged` */
export function readItemLine(text: string): StoredItem {
  const value = parsed(text);
  const item = itemOf(value);
  if (item === undefined) throw new StoreError('damaged', `a line of the backup is no item: ${shown(text)}`);
  return item;
}

type Members = Readonly<Record<string, unknown>>;

function parsed(text: string): Members {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new StoreError('damaged', `a line of the backup is not JSON: ${shown(text)}`, { cause });
  }
  return typeof value === 'object' && value !== null ? { ...value } : {};
}

function itemOf(members: Members): StoredItem | undefined {
  const { item, gun, dialect, role, digest } = members;
  if (item === 'record') {
    const bytes = bytesOf(members['bytes']);
    return isWhole(members['position'], 1) && bytes !== undefined ? { item, position: members['position'], bytes } : undefined;
  }
  if (!isGun(gun)) return undefined;
  if (item === 'claim') {
    const { kind } = members;
    return typeof kind === 'string' && typeof digest === 'string' ? { item, claim: { kind, digest }, gun } : undefined;
  }
  if (!isDialectName(dialect)) return undefined;
  const repository: RepositoryRef = { gun, dialect };
  if (item === 'head') {
    return { item, repository, ...readHeadText(`head ${shown(gun)}`, JSON.stringify(members['head'] ?? null)) };
  }
  if (!isRoleName(role)) return undefined;
  if (item === 'version') {
    const { line, version } = members;
    return isWhole(line, 1) && isVersion(version) && isDigest(digest) ? { item, repository, line, role, version, digest } : undefined;
  }
  const bytes = bytesOf(members['bytes']);
  if (bytes === undefined) return undefined;
  if (item === 'draft') return { item, repository, role, bytes };
  const { life } = members;
  return item === 'file' && isWhole(life, 1) && isDigest(digest) ? { item, repository, life, role, digest, bytes } : undefined;
}

const base64 = (bytes: Uint8Array): string => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('base64');

function bytesOf(value: unknown): Uint8Array | undefined {
  if (typeof value !== 'string') return undefined;
  const bytes = Buffer.from(value, 'base64');
  // Node skips what is no base64, so that two texts would mean the same bytes.
  return bytes.toString('base64') === value ? new Uint8Array(bytes) : undefined;
}

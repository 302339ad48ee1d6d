// Fetched metadata on disk, so that what is known is not asked for twice. All of it is untrusted: core verifies it again on
// every read, so damage costs one request, and a disk that is full or read-only costs all of them but fails nothing.
import { existsSync, readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import {
  type Cryptography,
  type Dialect,
  encodeHex,
  encodeUtf8,
  type Gun,
  type Hashes,
  type RoleName,
  type Version,
} from '@countersign/core';
import { removeIfThere, removeLeftovers, systemCode, writeWhole } from './durable-file.ts';
import { makeFolder } from './make-folder.ts';
import { readBounded } from './read-bounded.ts';
import { foldersBelow } from './repository-folder.ts';

/** Which file of a role: what names it states its version, or the hashes of its bytes. */
export interface CachedFile {
  readonly role: RoleName;
  readonly version?: Version | undefined;
  readonly hashes?: Hashes | undefined;
}

export interface MetadataCache {
  /** Makes the folder of `gun` where there is none: to be done while something else is waited for. Never fails. */
  prepare(gun: Gun): Promise<void>;
  /** Undefined when there is none, when it is longer than `maxLength`, or when it cannot be read. */
  read(gun: Gun, file: CachedFile, maxLength: number): Promise<Uint8Array | undefined>;
  /** Whether there is one, of any length, in any state. */
  has(gun: Gun, file: CachedFile): boolean;
  /** Also removes the files of the role that it takes the place of. Never fails: what is not kept is asked for again. */
  write(gun: Gun, file: CachedFile, bytes: Uint8Array): Promise<void>;
}

export interface CacheOptions {
  readonly folder: string;
  readonly dialect: Dialect;
  readonly crypto: Cryptography;
  readonly random: (length: number) => Uint8Array;
}

export function openCache({ folder, dialect, crypto, random }: CacheOptions): MetadataCache {
  const folderOf = foldersBelow(folder, dialect.name, crypto);

  /** By version, or by the hash where none is stated; undefined where neither is. */
  function pathOf(gun: Gun, { role, version, hashes }: CachedFile): string | undefined {
    const mark = version ?? hashes?.get('sha256');
    return mark === undefined ? undefined : join(folderOf(gun), `${mark}.${fileNameOf(role, crypto)}.json`);
  }

  async function read(gun: Gun, file: CachedFile, maxLength: number): Promise<Uint8Array | undefined> {
    const path = pathOf(gun, file);
    // Asked first: what is not there is the usual case, and a failure costs ten times the question.
    return path !== undefined && existsSync(path) ? orNothing(async () => readBounded(path, maxLength)) : undefined;
  }

  async function write(gun: Gun, file: CachedFile, bytes: Uint8Array): Promise<void> {
    const home = folderOf(gun);
    const path = pathOf(gun, file);
    if (path === undefined) return;
    await orNothing(async () => {
      try {
        await writeWhole(path, bytes, { random, promise: 'whole' });
        await prune(home, path, file);
      } catch (error) {
        if (systemCode(error) !== 'ENOENT') throw error;
        makeFolder(home);
        await writeWhole(path, bytes, { random, promise: 'whole' });
      }
    });
  }

  async function prune(home: string, written: string, { role, version }: CachedFile): Promise<void> {
    const names = readdirSync(home);
    for (const name of names) {
      const match = (version === undefined ? HASHED : VERSIONED).exec(name);
      if (match?.[2] !== fileNameOf(role, crypto)) continue;
      // A higher version belongs to a process that is ahead of us. Hashes have no order, and a role has one newest file.
      const isOld = version === undefined ? join(home, name) !== written : Number(match[1]) < version;
      if (isOld) await removeIfThere(join(home, name));
    }
    await removeLeftovers(home, names, basename(written));
  }

  return {
    prepare: (gun) => orNothing(async () => void makeFolder(folderOf(gun))),
    read,
    has: (gun, file) => {
      const path = pathOf(gun, file);
      return path !== undefined && existsSync(path);
    },
    write,
  };
}

const VERSIONED = /^([1-9]\d{0,15})\.(.+)\.json$/;
const HASHED = /^([0-9a-f]{64})\.(.+)\.json$/;

const LONGEST_NAME = 100;

/** A role name may hold anything, and be longer than a file name; two that share a file only cost each other requests. */
export function fileNameOf(role: RoleName, crypto: Cryptography): string {
  const name = encodeURIComponent(role).replaceAll('*', '%2A');
  return name.length <= LONGEST_NAME ? name : encodeHex(crypto.digest('sha256', encodeUtf8(role)));
}

export async function orNothing<Value>(act: () => Promise<Value>): Promise<Value | undefined> {
  try {
    return await act();
  } catch (error) {
    if (systemCode(error) !== undefined) return undefined;
    throw error;
  }
}

// Fetched metadata on disk, so that what is known is not asked for twice. All of it is untrusted: core verifies it again on
// every read, so damage costs one request, and a disk that is full or read-only costs all of them but fails nothing.
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { type Cryptography, encodeHex, encodeUtf8, type Gun, type RoleName, type Version } from '@countersign/core';
import { removeIfThere, removeLeftovers, systemCode, writeWhole } from './durable-file.ts';
import { makeFolder } from './make-folder.ts';
import { readBounded } from './read-bounded.ts';
import { foldersBelow } from './repository-folder.ts';

export interface MetadataCache {
  /** Makes the folder of `gun` where there is none: to be done while something else is waited for. Never fails. */
  prepare(gun: Gun): Promise<void>;
  /** Undefined when there is none, when it is longer than `maxLength`, or when it cannot be read. */
  read(gun: Gun, role: RoleName, version: Version, maxLength: number): Promise<Uint8Array | undefined>;
  /** Whether there is one, of any length, in any state. */
  has(gun: Gun, role: RoleName, version: Version): boolean;
  /** Also removes the lower versions of the role. Never fails: what is not kept is asked for again. */
  write(gun: Gun, role: RoleName, version: Version, bytes: Uint8Array): Promise<void>;
}

export interface CacheOptions {
  readonly folder: string;
  readonly crypto: Cryptography;
  readonly random: (length: number) => Uint8Array;
}

export function openCache({ folder, crypto, random }: CacheOptions): MetadataCache {
  const folderOf = foldersBelow(folder, crypto);
  const nameOf = (role: RoleName, version: Version): string => `${version}.${fileNameOf(role, crypto)}.json`;

  async function read(gun: Gun, role: RoleName, version: Version, maxLength: number): Promise<Uint8Array | undefined> {
    const path = join(folderOf(gun), nameOf(role, version));
    // Asked first: what is not there is the usual case, and a failure costs ten times the question.
    return existsSync(path) ? orNothing(async () => readBounded(path, maxLength)) : undefined;
  }

  async function write(gun: Gun, role: RoleName, version: Version, bytes: Uint8Array): Promise<void> {
    const home = folderOf(gun);
    await orNothing(async () => {
      const path = join(home, nameOf(role, version));
      try {
        await writeWhole(path, bytes, { random, promise: 'whole' });
        await prune(home, role, version);
      } catch (error) {
        if (systemCode(error) !== 'ENOENT') throw error;
        makeFolder(home);
        await writeWhole(path, bytes, { random, promise: 'whole' });
      }
    });
  }

  async function prune(home: string, role: RoleName, version: Version): Promise<void> {
    const names = readdirSync(home);
    for (const name of names) {
      const match = /^([1-9]\d{0,15})\.(.+)\.json$/.exec(name);
      // A higher one belongs to a process that is ahead of us.
      if (match?.[2] === fileNameOf(role, crypto) && Number(match[1]) < version) await removeIfThere(join(home, name));
    }
    await removeLeftovers(home, names, nameOf(role, version));
  }

  return {
    prepare: (gun) => orNothing(async () => void makeFolder(folderOf(gun))),
    read,
    has: (gun, role, version) => existsSync(join(folderOf(gun), nameOf(role, version))),
    write,
  };
}

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

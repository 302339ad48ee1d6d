// A folder with repositories as an old server kept them, for the day after it is switched off: one folder for each, called by the SHA-256
// of its name, raw files in it and `index.json` beside them, which is written last. What lies here is believed as little as a server.
import { closeSync, constants, fstatSync, openSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { makeFolder } from '@countersign/client';
import { type Env, encodeUtf8, FormatError, type Gun, type RoleName, TrustError, type Version } from '@countersign/core';
import { replaceFile } from '../write-file.ts';
import { type ArchiveIndex, archiveName, readIndex, writeIndex } from './archive-index.ts';
import { bytesOf, type Copied, hexOf, inOrder, MOST_BYTES, MOST_FILES } from './copied.ts';
import { noRepository } from './next-steps.ts';
import type { Verdict } from './verdict.ts';

const INDEX = 'index.json';
const LONGEST_INDEX = 64 * 1024 * 1024;

export interface Archive {
  readonly path: string;
  /** The repositories that are here whole, by name. Throws FormatError for a damaged index, naming its path. */
  list(): readonly Gun[];
  has(gun: Gun): boolean;
  /** Throws FormatError `malformed` where a file is not the one that its index tells of. */
  read(gun: Gun): Copied;
  /** A file of a repository that is being copied. It is judged with all the others before anything of it is used. */
  file(gun: Gun, role: RoleName, version: Version): Uint8Array | undefined;
  /** Keeps every file, then the index. Throws TrustError `equivocation` where other bytes of a version are here. */
  write(copied: Copied, verdict: Verdict, from: string, time: string): Promise<void>;
}

export function openArchive(path: string, env: Env): Archive {
  const folderOf = (gun: Gun): string => join(path, hexOf(encodeUtf8(gun)));
  const fileIn = (folder: string, role: RoleName, version: Version): Uint8Array | undefined =>
    readPlain(join(folder, archiveName(role, version)), env.limits.targetsBytes);

  function indexOf(folder: string): ArchiveIndex | undefined {
    const bytes = readPlain(join(folder, INDEX), LONGEST_INDEX);
    return bytes && told(join(folder, INDEX), () => readIndex(bytes));
  }

  return {
    path,
    list() {
      const found: Gun[] = [];
      for (const name of namesIn(path)) {
        const index = /^[0-9a-f]{64}$/.test(name) ? indexOf(join(path, name)) : undefined;
        if (index === undefined) continue;
        if (hexOf(encodeUtf8(index.gun)) !== name) throw damaged(join(path, name), `it is of ${index.gun}, in the folder of another`);
        found.push(index.gun);
      }
      return found.sort();
    },
    has: (gun) => indexOf(folderOf(gun))?.gun === gun,
    read(gun) {
      const folder = folderOf(gun);
      const index = indexOf(folder);
      if (index === undefined) throw noRepository(`${path} has no archive of ${gun}`, 'archive');
      if (index.gun !== gun) throw damaged(folder, `it is of ${index.gun}, wanted ${gun}`);
      if (index.files.length > MOST_FILES) throw damaged(folder, `it has more than ${MOST_FILES} files`);
      const files = index.files.map(({ role, version, length, sha256 }) => {
        const bytes = fileIn(folder, role, version);
        if (bytes === undefined || bytes.length !== length || hexOf(bytes) !== sha256)
          throw damaged(join(folder, archiveName(role, version)), 'it is not the file that was archived');
        return { role, version, bytes };
      });
      if (bytesOf(files) > MOST_BYTES) throw damaged(folder, `it has more than ${MOST_BYTES} bytes`);
      return { gun, files: inOrder(files), current: index.current, problems: index.problems };
    },
    file: (gun, role, version) => fileIn(folderOf(gun), role, version),
    async write(copied, verdict, from, time) {
      const folder = folderOf(copied.gun);
      makeFolder(folder);
      for (const { role, version, bytes } of copied.files) {
        const standing = fileIn(folder, role, version);
        if (standing === undefined) writeBeside(join(folder, archiveName(role, version)), bytes);
        else if (hexOf(standing) !== hexOf(bytes))
          throw new TrustError('equivocation', `${copied.gun}: ${role} v${version} is not the file that was archived in ${folder}`);
      }
      await replaceFile(join(folder, INDEX), writeIndex(copied, verdict, from, time));
    },
  };
}

/** Whole or absent after a kill. A power cut may leave less, and then the index does not agree. */
function writeBeside(path: string, bytes: Uint8Array): void {
  writeFileSync(`${path}.new`, bytes, { mode: 0o644 });
  renameSync(`${path}.new`, path);
}

/** A plain file; a link in its place leads anywhere, and a pipe would be waited for. */
function readPlain(path: string, most: number): Uint8Array | undefined {
  let file: number;
  try {
    file = openSync(path, constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0));
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    if (error instanceof Error && 'code' in error && error.code === 'ELOOP')
      throw damaged(path, 'it is a link, and links are not followed');
    throw error;
  }
  try {
    const status = fstatSync(file);
    if (!status.isFile()) throw damaged(path, 'it is no file');
    if (status.size > most) throw damaged(path, `it is longer than ${most} bytes`);
    return readFileSync(file);
  } finally {
    closeSync(file);
  }
}

function namesIn(path: string): readonly string[] {
  try {
    return readdirSync(path).sort();
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return [];
    throw error;
  }
}

function told<Value>(path: string, read: () => Value): Value {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
    throw damaged(path, error.message);
  }
}

const damaged = (path: string, why: string): FormatError => new FormatError('malformed', `${path}: ${why}`, { details: { path } });

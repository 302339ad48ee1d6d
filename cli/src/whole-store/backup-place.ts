// Where a backup lies: one tar archive, or a folder with its parts. It is written beside its place and moved there whole, so that what
// has the name of a backup is one.
import { createReadStream } from 'node:fs';
import { type FileHandle, mkdir, open, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { BackupPart } from '@countersign/store';
import { syncFolder } from '@countersign/trust-server';
import { CommandError } from '../errors.ts';

export interface Draft {
  write(part: BackupPart): Promise<void>;
  /** Moves it to its place. */
  keep(): Promise<void>;
  /** Removes what was written; after `keep`, nothing. */
  drop(): Promise<void>;
}

type PackTar = (parts: AsyncIterable<BackupPart>) => AsyncGenerator<Uint8Array>;

/** `path` ends in `.tar`, or is a folder to be. Throws CommandError `exists` where something is there already. */
export async function draftBackup(path: string, packTar: PackTar): Promise<Draft> {
  if ((await kindOf(path)) !== 'nothing') {
    throw new CommandError('exists', `${path} is there already, and a backup takes the place of nothing`, {
      next: 'name another place, with the date in it',
    });
  }
  // A disk for backups that is not mounted must not be taken for an empty folder.
  if ((await kindOf(dirname(path))) !== 'folder') {
    throw new CommandError('not-here', `there is no folder ${dirname(path)} to put the backup into`, {
      next: 'mount the disk that it is on, or make the folder',
    });
  }
  const beside = `${path}.partial`;
  await rm(beside, { recursive: true, force: true });
  return path.endsWith('.tar') ? await tarDraft(path, beside, packTar) : await folderDraft(path, beside);
}

async function tarDraft(path: string, beside: string, packTar: PackTar): Promise<Draft> {
  const file = await open(beside, 'wx', 0o600);
  return {
    async write(part) {
      await writeAll(file, packTar(one(part)), 'more');
    },
    async keep() {
      await writeAll(file, packTar(one()), 'last');
      await file.sync();
      await file.close();
      await placed(beside, path);
    },
    async drop() {
      await file.close();
      await rm(beside, { force: true });
    },
  };
}

/** An archive of one part ends as every archive does: the end is written once, after the last part. */
async function writeAll(file: FileHandle, chunks: AsyncIterable<Uint8Array>, which: 'more' | 'last'): Promise<void> {
  const all: Uint8Array[] = [];
  for await (const chunk of chunks) all.push(chunk);
  for (const chunk of which === 'more' ? all.slice(0, -1) : all) await file.writeFile(chunk);
}

async function* one(...parts: readonly BackupPart[]): AsyncGenerator<BackupPart> {
  yield* parts;
}

async function folderDraft(path: string, beside: string): Promise<Draft> {
  await mkdir(beside, { mode: 0o700 });
  return {
    async write({ name, bytes }) {
      const file = await open(join(beside, name), 'wx', 0o600);
      try {
        await file.writeFile(bytes);
        await file.sync();
      } finally {
        await file.close();
      }
    },
    async keep() {
      await syncFolder(beside);
      await placed(beside, path);
    },
    drop: () => rm(beside, { recursive: true, force: true }),
  };
}

async function placed(beside: string, path: string): Promise<void> {
  await rename(beside, path);
  await syncFolder(dirname(path));
}

/** The parts of a backup that lies at `path`. Throws CommandError `not-here` where nothing does. */
export async function* partsAt(
  path: string,
  {
    unpackTar,
    names,
  }: { readonly unpackTar: (chunks: AsyncIterable<Uint8Array>) => AsyncIterable<BackupPart>; readonly names: readonly [string, string] },
): AsyncGenerator<BackupPart> {
  const kind = await kindOf(path);
  if (kind === 'nothing') throw new CommandError('not-here', `there is no backup at ${path}`);
  if (kind === 'file') {
    yield* unpackTar(createReadStream(path, { highWaterMark: 1024 * 1024 }));
    return;
  }
  const [first, last] = names;
  const found = (await readdir(path)).sort();
  const parts = found.filter((name) => name !== first && name !== last);
  for (const name of [...found.filter((one) => one === first), ...parts, ...found.filter((one) => one === last)]) {
    yield { name, bytes: await readFile(join(path, name)) };
  }
}

async function kindOf(path: string): Promise<'file' | 'folder' | 'nothing'> {
  try {
    return (await stat(path)).isDirectory() ? 'folder' : 'file';
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return 'nothing';
    throw error;
  }
}

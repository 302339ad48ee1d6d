// The trusted files of a foreign repository as TUF clients keep them: `root.json`, `timestamp.json` and so on, without versions, as
// they arrived. Targets and delegated roles there are the cache: untrusted, and verified on every read. The others are copies for
// people and other programs: what counts is the floor, because three files cannot change in one step.
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { equalBytes, type FloorFiles } from '@countersign/core';
import { fileNameOf, type MetadataCache, orNothing } from './cache-dir.ts';
import { removeIfThere, removeLeftovers, writeWhole } from './durable-file.ts';
import type { FloorOptions, FloorStore } from './floor.ts';
import type { FloorFile } from './floor-file.ts';
import { readBounded } from './read-bounded.ts';
import { unwritable } from './state-errors.ts';

export interface PlainFiles {
  readonly cache: MetadataCache;
  /** The given ones, with an eye on what is remembered. */
  readonly floors: FloorStore;
  /** Brings the copies in line with what is remembered now. Throws StateError('unwritable-state'). */
  settle(): Promise<void>;
}

/** `folder` must exist. */
export function openPlainFiles({ folder, crypto, random }: Omit<FloorOptions, 'dialect'>, floors: FloorStore): PlainFiles {
  let remembered: FloorFiles | undefined;
  const pathOf = (name: string): string => join(folder, `${name}.json`);

  const cache: MetadataCache = {
    // Of another version it costs a parse, and the server is asked.
    prepare: async () => undefined,
    read: (_, { role }, maxLength) => orNothing(async () => readBounded(pathOf(fileNameOf(role, crypto)), maxLength)),
    // Of which version is known only when it was read: nothing is asked for ahead of that.
    has: () => true,
    write: async (_, { role }, bytes) => {
      await orNothing(() => writeWhole(pathOf(fileNameOf(role, crypto)), bytes, { random, promise: 'whole' }));
    },
  };

  async function copy(name: string, bytes: Uint8Array | undefined): Promise<void> {
    if (bytes === undefined) {
      await removeIfThere(pathOf(name));
      return;
    }
    const there = await orNothing(async () => readBounded(pathOf(name), bytes.length));
    if (there === undefined || !equalBytes(there, bytes)) await writeWhole(pathOf(name), bytes, { random, promise: 'whole' });
  }

  async function settle(): Promise<void> {
    if (remembered === undefined) return;
    try {
      await copy('root', remembered.root);
      await copy('timestamp', remembered.timestamp);
      await copy('snapshot', remembered.snapshot);
      await removeLeftovers(folder, readdirSync(folder), 'root.json');
    } catch (error) {
      throw unwritable(folder, error);
    }
  }

  return {
    cache,
    floors: {
      open(gun, known) {
        const file = floors.open(gun, known);
        return (
          file &&
          watched(file, (files) => {
            remembered = files;
          })
        );
      },
      writeRole: floors.writeRole,
      async write(gun, files, versions, etag) {
        await floors.write(gun, files, versions, etag);
        remembered = files;
      },
    },
    settle,
  };
}

/** The same, and tells what it held once that is verified. */
function watched(file: FloorFile, tell: (files: FloorFiles) => void): FloorFile {
  return {
    ...file,
    verify(env) {
      const found = file.verify(env);
      tell(found.files);
      return found;
    },
  };
}

// Which store a command is about: a folder that no server has open, a database, or what a running server keeps.
import { statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { MetadataStore } from '@countersign/store';
import { givenDatabase } from '../commands/serve-database.ts';
import { namedServer, type ServerAddress } from '../compose/server-address.ts';
import { CommandError, UsageError } from '../errors.ts';
import { foldersOf } from '../folders.ts';
import type { Call } from '../tree/spec.ts';

/** A store that this program opens by itself. */
export type StoreHere = { readonly kind: 'folder'; readonly data: string } | { readonly kind: 'database'; readonly url: string };
export type WhichStore = StoreHere | { readonly kind: 'server'; readonly server: ServerAddress };

/** `--data`, `--store` or `--server`; with none of them, the server that a variable names, or the usual data folder. */
export async function whichStore(call: Call): Promise<WhichStore> {
  const { world, given, output } = call;
  const data = given.text('data');
  const url = await givenDatabase(call);
  if ([data, url, given.text('server')].filter((place) => place !== undefined).length > 1) {
    throw new UsageError('bad-arguments', '--data, --store and --server: wanted one of them', {
      next: 'name the running server, its database, or the folder of one that is stopped',
    });
  }
  if (url !== undefined) return { kind: 'database', url };
  if (data === undefined) {
    const server = namedServer(world, given, output);
    if (server !== undefined) return { kind: 'server', server };
  }
  const folder = data === undefined ? foldersOf(world, given.text('trust-dir')).server : resolve(world.cwd, data);
  // Opening it would make one.
  if (statSync(join(folder, 'store'), { throwIfNoEntry: false })?.isDirectory() !== true) {
    throw new CommandError('not-here', `there is no store in ${folder}`, { next: 'name the data folder of the server with --data' });
  }
  return { kind: 'folder', data: folder };
}

/** Whoever opens it closes it. Throws StoreError. */
export async function openHere(which: StoreHere): Promise<MetadataStore> {
  const { openDatabase, openLevelStore } = await import('@countersign/trust-server');
  return which.kind === 'folder' ? await openLevelStore(join(which.data, 'store')) : await openDatabase(which.url, 'countersign');
}

// Which store a command is about: a folder that no server has open, or what a running server keeps.
import { statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { namedServer, type ServerAddress } from '../compose/server-address.ts';
import { CommandError, UsageError } from '../errors.ts';
import { foldersOf } from '../folders.ts';
import type { Call } from '../tree/spec.ts';

export type WhichStore = { readonly kind: 'folder'; readonly data: string } | { readonly kind: 'server'; readonly server: ServerAddress };

/** `--data` or `--server`; with neither, the server that a variable names, or the usual data folder. */
export function whichStore({ world, given, output }: Call): WhichStore {
  const data = given.text('data');
  if (data !== undefined && given.text('server') !== undefined) {
    throw new UsageError('bad-arguments', '--data and --server: wanted one of both', {
      next: 'name the running server, or the folder of one that is stopped',
    });
  }
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

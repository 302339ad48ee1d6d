// The metadata that the clients of notary and docker keep on a machine (`~/.docker/trust/tuf/GUN/metadata/ROLE.json`): what they trust.
// Nothing here is believed for lying there; whoever uses it verifies it. No link is followed, no file of other names is read, and
// nothing in the folder is ever changed.
import { closeSync, constants, type Dirent, fstatSync, openSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  FormatError,
  type Gun,
  type Limits,
  parseNotaryGun,
  parseNotaryRoleName,
  ROOT,
  type RoleName,
  SNAPSHOT,
  TIMESTAMP,
} from '@countersign/core';
import { systemCode } from './durable-file.ts';
import { StateError } from './errors.ts';
import { damaged } from './state-errors.ts';

/** A repository that the client has metadata of. */
export interface LocalRepository {
  readonly gun: Gun;
  /** Where its roles are: `ROLE.json`, with the slashes of a role as folders. */
  readonly folder: string;
  /** Sorted: the four top-level roles, as far as they are here, and delegated ones. */
  readonly roles: readonly RoleName[];
  /** How many changes wait to be published by the client that made them: no metadata has them. */
  readonly staged: number;
}

/** What cannot be used is told beside the rest, so that one damaged file does not hide the others. */
export interface LocalRepositories {
  /** By name. */
  readonly repositories: readonly LocalRepository[];
  readonly unusable: readonly StateError[];
}

// A name of 255 bytes has at most 128 segments. The other bound is for folders that somebody filled.
const DEEPEST = 128;
const MOST_FOLDERS = 200_000;

/** The repositories below `trustFolder`; of a folder that does not exist, none. Throws StateError('damaged-state') for one that cannot be read. */
export function localRepositories(trustFolder: string): LocalRepositories {
  const repositories: LocalRepository[] = [];
  const unusable: StateError[] = [];
  const top = join(trustFolder, 'tuf');
  const waiting: (readonly string[])[] = [[]];
  for (let seen = 1; waiting.length > 0; seen += 1) {
    const segments = waiting.pop() ?? [];
    const path = join(top, ...segments);
    if (seen > MOST_FOLDERS) throw unreadable(top, `it holds more than ${MOST_FOLDERS} folders`);
    tell(unusable, path, () => {
      if (segments.length > DEEPEST) throw unreadable(path, 'it is deeper than any name of a repository');
      const entries = entriesOf(path);
      // Repositories may be called `metadata` too: so it holds those, and the roles of the one above, which are files.
      waiting.push(...entries.filter((one) => one.isDirectory() && one.name !== 'changelist').map(({ name }) => [...segments, name]));
      for (const { name } of entries.filter((one) => one.isSymbolicLink())) unusable.push(linked(join(path, name)));
      if (entries.some((one) => one.isDirectory() && one.name === 'metadata')) repositories.push(...repositoryAt(path, segments, unusable));
    });
  }
  return { repositories: repositories.sort((a, b) => (a.gun < b.gun ? -1 : 1)), unusable };
}

/**
 * The bytes of a role, or undefined when it is not there any more. Throws StateError('damaged-state') for a link, for what is no file,
 * and for a file that is longer than its role may be.
 */
export function readLocalRole({ folder }: Pick<LocalRepository, 'folder'>, role: RoleName, limits: Limits): Uint8Array | undefined {
  const path = join(folder, `${parseNotaryRoleName(role)}.json`);
  try {
    // A link in place of a file leads anywhere, and a pipe would be waited for.
    const file = openSync(path, constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0));
    try {
      const status = fstatSync(file);
      if (!status.isFile()) throw unreadable(path, 'it is no file');
      if (status.size > longest(role, limits)) throw unreadable(path, `it is longer than ${longest(role, limits)} bytes`);
      return readFileSync(file);
    } finally {
      closeSync(file);
    }
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return undefined;
    if (systemCode(error) === 'ELOOP') throw linked(path);
    throw error instanceof StateError ? error : damaged(path, error);
  }
}

function* repositoryAt(path: string, segments: readonly string[], unusable: StateError[]): Generator<LocalRepository> {
  const folder = join(path, 'metadata');
  const roles = [...rolesIn(folder, '', unusable)].sort();
  // Without a root it is a folder on the way to other names.
  if (!roles.includes(ROOT)) return;
  const staged = entriesOf(join(path, 'changelist')).filter(({ name }) => name.endsWith('.change')).length;
  yield { gun: parseNotaryGun(segments.join('/')), folder, roles, staged };
}

function* rolesIn(folder: string, prefix: string, unusable: StateError[]): Generator<RoleName> {
  for (const entry of entriesOf(join(folder, prefix))) {
    const name = `${prefix}${entry.name}`;
    if (entry.isSymbolicLink()) unusable.push(linked(join(folder, name)));
    else if (entry.isDirectory() && isRole(name)) yield* rolesIn(folder, `${name}/`, unusable);
    else if (entry.isFile() && name.endsWith('.json') && isRole(name.slice(0, -5))) yield parseNotaryRoleName(name.slice(0, -5));
  }
}

function isRole(name: string): boolean {
  try {
    parseNotaryRoleName(name);
    return true;
  } catch (error) {
    if (error instanceof FormatError) return false;
    throw error;
  }
}

function longest(role: RoleName, limits: Limits): number {
  if (role === ROOT) return limits.rootBytes;
  if (role === SNAPSHOT) return limits.snapshotBytes;
  return role === TIMESTAMP ? limits.timestampBytes : limits.targetsBytes;
}

function entriesOf(path: string): readonly Dirent[] {
  try {
    return readdirSync(path, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1));
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return [];
    throw damaged(path, error);
  }
}

/** Does `work`; what it says of damage goes into the list. */
function tell(unusable: StateError[], path: string, work: () => void): void {
  try {
    work();
  } catch (error) {
    const failure = error instanceof StateError ? error : damaged(path, error);
    if (!(failure instanceof StateError)) throw failure;
    unusable.push(failure);
  }
}

const unreadable = (path: string, why: string): StateError => new StateError('damaged-state', `${path}: ${why}`, { details: { path } });
const linked = (path: string): StateError => unreadable(path, 'it is a link, and links are not followed');

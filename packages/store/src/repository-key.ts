// How names become keys: printable ASCII without spaces, so that a space can separate the fields of a key and sorts before them.
import type { Gun, RoleName } from '@countersign/core';
import { StoreError, shown } from './errors.ts';
import { isDialectName, isGun, isRoleName } from './guards.ts';
import type { RepositoryRef } from './store.ts';

/** Percent-encoding is undone for `/` and `:` alone, so that keys stay legible; `%` itself is always encoded, so nothing collides. */
const nameKey = (name: Gun | RoleName): string => encodeURIComponent(name).replaceAll('%2F', '/').replaceAll('%3A', ':');

/** @throws StoreError `invalid` for a name that has no key */
export function repositoryKey(repository: RepositoryRef): string {
  if (!isGun(repository.gun)) throw new StoreError('invalid', `the GUN has no key: ${shown(String(repository.gun))}`);
  if (!isDialectName(repository.dialect)) throw new StoreError('invalid', `unknown dialect ${shown(String(repository.dialect))}`);
  return `${nameKey(repository.gun)} ${repository.dialect}`;
}

/** @throws StoreError `invalid` for a name that has no key */
export function roleKey(role: RoleName): string {
  if (!isRoleName(role)) throw new StoreError('invalid', `the role name has no key: ${shown(String(role))}`);
  return nameKey(role);
}

/** The repository of a key made by `repositoryKey`; `undefined` for any other text. */
export function readRepositoryKey(key: string): RepositoryRef | undefined {
  const [name = '', dialect, ...rest] = key.split(' ');
  const gun = decoded(name);
  return isGun(gun) && isDialectName(dialect) && rest.length === 0 ? { gun, dialect } : undefined;
}

/** The role of a key made by `roleKey`; `undefined` for any other text. */
export function readRoleKey(key: string): RoleName | undefined {
  const role = decoded(key);
  return isRoleName(role) ? role : undefined;
}

function decoded(name: string): string | undefined {
  try {
    return decodeURIComponent(name);
  } catch (error) {
    if (error instanceof URIError) return undefined;
    throw error;
  }
}

// Before anything is sent, the draft is searched as every client will search it. An earlier role that holds the same name, or a
// delegation that does not cover it, would make a publish look fine and mean nothing.
import {
  encodeJson,
  equalBytes,
  findTarget,
  type RoleName,
  TARGETS,
  type Target,
  type TargetEntry,
  trustedRoleKey,
  type Verified,
} from '@countersign/core';
import type { EntriesChange } from './change.ts';
import { pathsOf } from './delegation-facts.ts';
import { PublishError } from './errors.ts';
import type { Refreshed } from './refresh-repository.ts';
import { standingRole } from './standing.ts';
import { findIn, holderOf } from './trusted-repository.ts';

/** Throws PublishError('shadowed') unless a search finds exactly what `entries` say, in the role that was drafted. */
export async function checkDraft(drafted: Verified<'targets'>, entries: EntriesChange['entries'], repository: Refreshed): Promise<void> {
  const search = await searchWith(drafted, repository);
  for (const [path, entry] of entries) {
    const found = await search(path);
    if (entry === undefined && found === undefined) continue;
    const name = path.slice(0, 80);
    if (entry === undefined || found === undefined) {
      if (found !== undefined) {
        // What stands behind another entry may go before it does: nobody finds anything else than they did.
        if (holderOf(found.chain) === (await holderIn(repository, path))) continue;
        throw shadowed(`${name}: ${holderOf(found.chain)} still has an entry`, path, holderOf(found.chain));
      }
      const paths = await pathsOfRole(drafted, repository);
      const may = paths.length === 0 ? '' : `, which may sign ${paths.join(' ').slice(0, 200)}`;
      throw shadowed(`${name}: a search for it does not reach ${drafted.name}${may}`, path, undefined, paths);
    }
    const holder = holderOf(found.chain);
    if (holder !== drafted.name)
      throw shadowed(`${name}: ${holder} has an entry that every client finds before ${drafted.name}`, path, holder);
    if (!isSame(found.entry, entry, repository)) throw shadowed(`${name}: the draft reads back as another entry`, path, holder);
  }
}

/** A search in which the draft stands for the file that it will replace. Its stage never leaves this function. */
async function searchWith(drafted: Verified<'targets'>, repository: Refreshed): Promise<(path: string) => Promise<Target | undefined>> {
  const { stage, run } = repository;
  const trusted = new Map(repository.trusted);
  if (drafted.name === TARGETS) return (path) => run((env) => findTarget({ ...stage, targets: drafted }, path, trusted, env));
  const { place } = await standingRole(repository, drafted.name);
  if (place !== undefined) trusted.set(trustedRoleKey(place.role, place.keys, repository.env.crypto), drafted);
  return (path) => run((env) => findTarget(stage, path, trusted, env));
}

async function holderIn(repository: Refreshed, path: string): Promise<RoleName | undefined> {
  const found = await findIn(repository, path);
  return found && holderOf(found.chain);
}

const isSame = (one: TargetEntry, other: TargetEntry, { env }: Refreshed): boolean =>
  equalBytes(encodeJson(env.dialect.entry(one)), encodeJson(env.dialect.entry(other)));

async function pathsOfRole({ name }: Verified<'targets'>, repository: Refreshed): Promise<readonly string[]> {
  const { place } = await standingRole(repository, name);
  return place === undefined ? [] : pathsOf(place.role);
}

const shadowed = (text: string, path: string, role: RoleName | undefined, paths?: readonly string[]): PublishError =>
  new PublishError('shadowed', text, { details: { path, role, ...(paths === undefined ? {} : { paths }) } });

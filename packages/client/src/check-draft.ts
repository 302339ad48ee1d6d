// Before anything is sent, signed drafts are searched as every client will search them. An earlier role that holds the same name, or a
// delegation that does not cover it, would make a publish look fine and mean nothing. So does whoever publishes entries of their own,
// and whoever completes what others drafted.
import { encodeJson, equalBytes, type RoleName, TARGETS, type TargetEntry, trustedRoleKey, type Verified } from '@countersign/core';
import type { EntriesChange } from './change.ts';
import { pathsOf } from './delegation-facts.ts';
import { refuseDenied, shadowed } from './entry-checks.ts';
import type { Refreshed } from './refresh-repository.ts';
import { standingRole } from './standing.ts';
import { findIn, holderOf } from './trusted-repository.ts';
import type { SignedFile } from './upload.ts';

/**
 * `wanted`: what each of the drafted roles is meant to say of its names, denials apart. Throws PublishError('shadowed') unless a search
 * finds exactly that, in the role that was drafted, and TrustError(`revoked`) for what is denied.
 */
export async function checkDrafts(
  files: readonly SignedFile[],
  wanted: ReadonlyMap<RoleName, EntriesChange['entries']>,
  repository: Refreshed,
): Promise<void> {
  const drafted = files.flatMap(({ file }) => (file.kind === 'targets' ? [file] : []));
  const coming = await withDrafts(drafted, repository);
  for (const file of drafted) {
    const entries = wanted.get(file.name) ?? new Map();
    await refuseDenied(entries, coming);
    await checkDraft(file, entries, repository, coming);
  }
}

async function checkDraft(
  drafted: Verified<'targets'>,
  entries: EntriesChange['entries'],
  repository: Refreshed,
  coming: Refreshed,
): Promise<void> {
  for (const [path, entry] of entries) {
    const found = await findIn(coming, path);
    if (entry === undefined && found === undefined) continue;
    const name = path.slice(0, 80);
    if (entry === undefined || found === undefined) {
      if (found !== undefined) {
        // What stands behind another entry may go before it does: nobody finds anything else than they did.
        if (holderOf(found.chain) === (await holderIn(repository, path))) continue;
        throw shadowed(`${name}: ${holderOf(found.chain)} still has an entry`, path, holderOf(found.chain));
      }
      const paths = await pathsOfRole(drafted, coming);
      const may = paths.length === 0 ? '' : `, which may sign ${paths.join(' ').slice(0, 200)}`;
      throw shadowed(`${name}: a search for it does not reach ${drafted.name}${may}`, path, undefined, paths);
    }
    const holder = holderOf(found.chain);
    if (holder !== drafted.name)
      throw shadowed(`${name}: ${holder} has an entry that every client finds before ${drafted.name}`, path, holder);
    if (!isSame(found.entry, entry, repository)) throw shadowed(`${name}: the draft reads back as another entry`, path, holder);
  }
}

/** The repository as if these drafts stood in it, for a search. It never leaves this file. */
async function withDrafts(files: readonly Verified<'targets'>[], repository: Refreshed): Promise<Refreshed> {
  const top = files.find(({ name }) => name === TARGETS);
  const trusted = new Map(repository.trusted);
  const coming = top === undefined ? { ...repository, trusted } : { ...repository, trusted, stage: { ...repository.stage, targets: top } };
  for (const file of files) {
    const { place } = await standingRole(coming, file.name, 'anew');
    if (place !== undefined) trusted.set(trustedRoleKey(place.role, place.keys, repository.env.crypto), file);
  }
  return coming;
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

// The first file of a role that was delegated to.
import { type Draft, firstDraft, type Instant, parseVersion, type RoleName, rootOf, type TargetEntry } from '@countersign/core';
import type { Refreshed } from './refresh-repository.ts';

/**
 * Bound to the repository like all the others; entries that are `undefined` are absent already. `past`: the version at which a role
 * stopped that was taken away and comes back, or 0.
 */
export function draftFirstFile(
  name: RoleName,
  past: number,
  entries: ReadonlyMap<string, TargetEntry | undefined>,
  repository: Refreshed,
  expires: Instant,
): Draft<'targets'> {
  const { env, stage } = repository;
  const repositoryId = rootOf(stage).root.content.binding?.repository;
  const binding = repositoryId === undefined ? undefined : { repository: repositoryId };
  const written = [...entries].flatMap(([path, entry]) => (entry === undefined ? [] : [[path, env.dialect.entry(entry)] as const]));
  const version = parseVersion(past + 1, `${name} version`);
  const body = { targets: new Map(written), delegations: env.dialect.noDelegations };
  return firstDraft('targets', name, { version, expires, binding }, body, env);
}

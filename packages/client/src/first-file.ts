// The first file of a role that was delegated to.
import { type Draft, firstDraft, type Instant, type RoleName, rootOf, type TargetEntry } from '@countersign/core';
import type { Refreshed } from './refresh-repository.ts';
import { nextVersion } from './standing.ts';

/** Bound to the repository like all the others; entries that are `undefined` are absent already. */
export function draftFirstFile(
  name: RoleName,
  entries: ReadonlyMap<string, TargetEntry | undefined>,
  repository: Refreshed,
  expires: Instant,
): Draft<'targets'> {
  const { env, stage } = repository;
  const repositoryId = rootOf(stage).root.content.binding?.repository;
  const binding = repositoryId === undefined ? undefined : { repository: repositoryId };
  const written = [...entries].flatMap(([path, entry]) => (entry === undefined ? [] : [[path, env.dialect.entry(entry)] as const]));
  return firstDraft('targets', name, { version: nextVersion(repository, name), expires, binding }, { targets: new Map(written) }, env);
}

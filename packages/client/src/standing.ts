// Where a role stands: its newest file, and who must sign the next one.
import { parseVersion, type RoleName, roleOf, rootOf, TARGETS, type Verified, type Version } from '@countersign/core';
import { PublishError } from './errors.ts';
import type { Refreshed } from './refresh-repository.ts';
import type { Signatories } from './sign-draft.ts';
import { type Place, walkDelegations } from './walk-delegations.ts';

/** A role of kind targets, as the newest metadata has it. */
export interface Standing {
  readonly name: RoleName;
  /** Undefined when the role has signed nothing yet. */
  readonly file: Verified<'targets'> | undefined;
  readonly signatories: Signatories;
  /** The delegation that leads here; undefined for targets. */
  readonly place: Place | undefined;
}

export function standingTargets({ stage }: Refreshed): Standing & { readonly file: Verified<'targets'> } {
  const { root } = rootOf(stage);
  const signatories = { role: roleOf(root, 'targets'), keys: root.content.keys };
  return { name: TARGETS, file: stage.targets, signatories, place: undefined };
}

/** Throws PublishError('unknown-role') when no delegation leads to `name`, and what is wrong with the role when it cannot be read. */
export async function standingRole(repository: Refreshed, name: RoleName): Promise<Standing> {
  if (name === TARGETS) return standingTargets(repository);
  const places = (await walkDelegations(repository)).filter(({ role }) => role.name === name);
  const [place, second] = places;
  if (place === undefined) throw new PublishError('unknown-role', `${repository.gun}: no delegation leads to a role ${name}`);
  if (place.problem !== undefined) throw place.problem;
  if (second !== undefined) throw new PublishError('unknown-role', `${repository.gun}: two delegations lead to a role ${name}, wanted one`);
  return { name, file: place.targets, signatories: { role: place.role, keys: place.keys }, place };
}

/** The version that the next file of a role must have: a role that was taken away and comes back goes on where it stopped. */
export function nextVersion({ stage }: Refreshed, name: RoleName): Version {
  const listed = stage.before.snapshot.content.meta.get(name)?.version ?? 0;
  return parseVersion(listed + 1, `${name} version`);
}

// Where a role stands: its newest file, and who must sign the next one.
import { binNamed, type RoleName, roleOf, rootOf, TARGETS, TrustError, trustedRoleKey, type Verified } from '@countersign/core';
import { PublishError } from './errors.ts';
import type { Refreshed } from './refresh-repository.ts';
import type { Signatories } from './sign-draft.ts';
import { type DelegationAt, delegationsOf, openPlace, type Place } from './walk-delegations.ts';

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

/**
 * Throws PublishError('unknown-role') when no delegation leads to `name`, and what is wrong with the role when it cannot be read. `anew`: a
 * role whose file its keys do not vouch for, or is gone, has none, for whoever is about to sign another in its place.
 */
export async function standingRole(repository: Refreshed, name: RoleName, unsigned: 'refuse' | 'anew' = 'refuse'): Promise<Standing> {
  if (name === TARGETS) return standingTargets(repository);
  const place = await placeOf(repository, name);
  if (place === undefined) throw new PublishError('unknown-role', `${repository.gun}: no delegation leads to a role ${name.slice(0, 80)}`);
  const forgiven = unsigned === 'anew' && place.problem instanceof TrustError && BEGINS_ANEW.has(place.problem.code);
  if (place.problem !== undefined && !forgiven) throw place.problem;
  return { name, file: place.targets, signatories: { role: place.role, keys: place.keys }, place };
}

const BEGINS_ANEW: ReadonlySet<string> = new Set(['signature', 'rollback']);

/**
 * Breadth first, so that roles beside the one that is wanted are opened only when it is not found above them. Bins are looked at by
 * name and not opened: what they delegate is not ours to edit.
 */
async function placeOf(repository: Refreshed, name: RoleName): Promise<Place | undefined> {
  const seen = new Set<string>();
  let level: readonly Verified<'targets'>[] = [repository.stage.targets];
  while (level.length > 0) {
    const delegations = level
      .flatMap((delegator) => delegationsOf(delegator, repository, 'none'))
      .filter(({ key }) => !seen.has(key) && seen.add(key));
    const bins = level.flatMap((delegator) => binPlace(delegator, name, repository));
    const found = delegations.find(({ role }) => role.name === name) ?? bins[0];
    if (found !== undefined) return openPlace(repository, found);
    const opened: Verified<'targets'>[] = [];
    for (const delegation of delegations) {
      const { targets } = await openPlace(repository, delegation);
      if (targets !== undefined) opened.push(targets);
    }
    level = opened;
  }
  return undefined;
}

function binPlace(delegator: Verified<'targets'>, name: RoleName, { env }: Refreshed): readonly DelegationAt[] {
  const { bins, keys } = delegator.content.delegations ?? {};
  const role = bins && binNamed(bins, name);
  if (role === undefined || keys === undefined) return [];
  return [{ delegator, role, keys, key: trustedRoleKey(role, keys, env.crypto), bin: true }];
}

// Every delegation of a repository, in the order in which a search would meet them.
import { type DelegatedRole, delegatedTargets, FormatError, type KeyRing, TrustError, type Verified } from '@countersign/core';
import type { Refreshed } from './refresh-repository.ts';

/** A delegation and what was found behind it. */
export interface Place {
  readonly delegator: Verified<'targets'>;
  readonly role: DelegatedRole;
  /** The keys of `delegator`'s delegations. */
  readonly keys: KeyRing;
  /** Undefined when the role has signed nothing yet, or when there is a problem. */
  readonly targets: Verified<'targets'> | undefined;
  /** Why the role cannot be believed. A search that meets it fails. */
  readonly problem: TrustError | FormatError | undefined;
}

// A search is limited per name; a walk sees them all, and must end too.
const MOST_DELEGATIONS = 2048;

/** Opens every role that can be reached, each once for every role that delegates to it. Throws TrustError('limit'). */
export async function walkDelegations(repository: Refreshed): Promise<readonly Place[]> {
  const places: Place[] = [];
  const seen = new Set<string>();
  const below = async (delegator: Verified<'targets'>): Promise<void> => {
    const { keys = new Map(), roles = [] } = delegator.content.delegations ?? {};
    for (const role of roles) {
      const pair = `${delegator.name}\n${role.name}`;
      if (seen.has(pair)) continue;
      seen.add(pair);
      if (seen.size > MOST_DELEGATIONS) throw new TrustError('limit', `${repository.gun}: more than ${MOST_DELEGATIONS} delegations`);
      const place = await openPlace(repository, delegator, role, keys);
      places.push(place);
      if (place.targets !== undefined) await below(place.targets);
    }
  };
  await below(repository.stage.targets);
  return places;
}

async function openPlace(
  { stage, trusted, run }: Refreshed,
  delegator: Verified<'targets'>,
  role: DelegatedRole,
  keys: KeyRing,
): Promise<Place> {
  try {
    const targets = await run((env) => delegatedTargets(stage, delegator, role, trusted, env));
    return { delegator, role, keys, targets, problem: undefined };
  } catch (error) {
    if (error instanceof TrustError || error instanceof FormatError) return { delegator, role, keys, targets: undefined, problem: error };
    throw error;
  }
}

// Every delegation of a repository, in the order in which a search would meet them.
import {
  binOf,
  binsAmong,
  type DelegatedRole,
  delegatedTargets,
  FormatError,
  type KeyRing,
  TrustError,
  trustedRoleKey,
  type Verified,
} from '@countersign/core';
import type { Refreshed } from './refresh-repository.ts';

/** One role as one other role delegates to it. */
export interface DelegationAt {
  readonly delegator: Verified<'targets'>;
  readonly role: DelegatedRole;
  /** The keys of `delegator`'s delegations. */
  readonly keys: KeyRing;
  /** Equal for delegations that ask the same of the same role. */
  readonly key: string;
  /** Whether this is one of `delegator`'s hash bins: a piece of it, rather than a role of its own. */
  readonly bin: boolean;
}

/** A delegation and what was found behind it. */
export interface Place extends DelegationAt {
  /** Undefined when the role has signed nothing yet, or when there is a problem. */
  readonly targets: Verified<'targets'> | undefined;
  /** Why the role cannot be believed. A search that meets it fails. */
  readonly problem: TrustError | FormatError | undefined;
}

/**
 * Which hash bins a walk meets: those that the snapshot lists, none, or the one that a path falls into. There may be as many as a
 * snapshot has room for, and each is a file.
 */
export type WhichBins = 'listed' | 'none' | { readonly of: string };

// A search is limited per name; a walk sees them all, and must end too.
const MOST_DELEGATIONS = 2048;

/** Opens every role that can be reached, each once for everything that is asked of it. Throws TrustError('limit'). */
export async function walkDelegations(repository: Refreshed, which: WhichBins): Promise<readonly Place[]> {
  const places: Place[] = [];
  const seen = new Set<string>();
  let roles = 0;
  const below = async (delegator: Verified<'targets'>): Promise<void> => {
    for (const delegation of delegationsOf(delegator, repository, which)) {
      if (seen.has(delegation.key)) continue;
      seen.add(delegation.key);
      if (!delegation.bin) roles += 1;
      if (roles > MOST_DELEGATIONS) throw new TrustError('limit', `${repository.gun}: more than ${MOST_DELEGATIONS} delegations`);
      const place = await openPlace(repository, delegation);
      places.push(place);
      if (place.targets !== undefined) await below(place.targets);
    }
  };
  await below(repository.stage.targets);
  return places;
}

/** The same for those that a search may ask, and no others. */
export async function askedDelegations(repository: Refreshed, which: WhichBins): Promise<readonly Place[]> {
  const { env, stage } = repository;
  const speakers = env.dialect.speakers(stage.targets);
  if (speakers === undefined) return (await walkDelegations(repository, which)).filter(({ role }) => env.dialect.speaks(role));
  const places: Place[] = [];
  for (const delegation of delegationsOf(stage.targets, repository, 'none')) {
    const { role } = delegation;
    if (env.dialect.speaks(role) && speakers.includes(role.name)) places.push(await openPlace(repository, delegation));
  }
  return places;
}

export function delegationsOf(
  delegator: Verified<'targets'>,
  { env, stage }: Pick<Refreshed, 'env' | 'stage'>,
  which: WhichBins,
): readonly DelegationAt[] {
  const { keys = new Map(), roles = [], bins } = delegator.content.delegations ?? {};
  const at = (bin: boolean) => (role: DelegatedRole) => ({ delegator, role, keys, key: trustedRoleKey(role, keys, env.crypto), bin });
  if (bins === undefined || which === 'none') return roles.map(at(false));
  if (which === 'listed') return binsAmong(bins, stage.before.snapshot.content.meta.keys()).map(at(true));
  const one = binOf(delegator.content, which.of, env.crypto);
  return one === undefined ? [] : [at(true)(one)];
}

export async function openPlace({ stage, trusted, run }: Refreshed, delegation: DelegationAt): Promise<Place> {
  const { delegator, role } = delegation;
  try {
    return { ...delegation, targets: await run((env) => delegatedTargets(stage, delegator, role, trusted, env)), problem: undefined };
  } catch (error) {
    if (error instanceof TrustError || error instanceof FormatError) return { ...delegation, targets: undefined, problem: error };
    throw error;
  }
}

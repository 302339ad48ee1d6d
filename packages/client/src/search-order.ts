// Who may sign a name, in the order in which a search asks (TUF 1.0.34 §5.6.7). The search itself stops at the first entry; this goes
// on, because whoever is about to sign wants to know who comes before, and who is never asked.
import type { RoleName, Verified } from '@countersign/core';
import { delegationFacts } from './delegation-facts.ts';
import type { Refreshed } from './refresh-repository.ts';
import type { SearchedRole, SearchOrder } from './repository.ts';
import { delegationsOf, openPlace, type Place } from './walk-delegations.ts';

export async function searchOrder(repository: Refreshed, path: string): Promise<SearchOrder> {
  const { env, stage } = repository;
  const holds = (file: Verified<'targets'> | undefined): boolean => file?.content.targets.has(path) === true;
  const roles: SearchedRole[] = [];
  const visited = new Set<RoleName>();
  let ended = false;
  const below = async (delegator: Verified<'targets'>): Promise<void> => {
    for (const delegation of delegationsOf(delegator, repository, { of: path })) {
      const { role } = delegation;
      if (visited.has(role.name) || !env.dialect.covers(role, path, env.crypto)) continue;
      visited.add(role.name);
      const place: Place = await openPlace(repository, delegation);
      const above = delegation.bin ? roles.findLast((one) => one.role === delegator.name) : undefined;
      // A bin is a piece of the role above it: what it holds, that role holds, and what is wrong with it, is wrong there.
      if (above !== undefined) {
        roles[roles.indexOf(above)] = { ...above, holds: above.holds || holds(place.targets), problem: above.problem ?? place.problem };
      } else roles.push({ ...delegationFacts(place, env), holds: holds(place.targets), reached: !ended });
      if (place.targets !== undefined) await below(place.targets);
      // A role that ends the search ends it for the siblings of every ancestor too, once its own subtree was asked.
      ended ||= role.terminating;
    }
  };
  await below(stage.targets);
  const inTargets = holds(stage.targets);
  const speakers = env.dialect.speakers(stage.targets);
  if (speakers === undefined) return { inTargets: inTargets && 'first', roles };
  // Some roles alone are asked, in their own order; the others come behind and are found by nobody.
  const place = ({ role }: SearchedRole): number => (speakers.includes(role) ? speakers.indexOf(role) : speakers.length);
  const asked = roles.map((role) => ({ ...role, reached: speakers.includes(role.role) })).sort((one, other) => place(one) - place(other));
  return { inTargets: inTargets && (speakers[0] === stage.targets.name ? 'first' : 'last'), roles: asked };
}

// A delegation cannot give away more than its delegator was given: a search asks every role on its way whether the name is its own.
// What goes beyond that looks like a right, and is none.
import { excerpt } from '../bytes/excerpt.ts';
import { ReviewError } from '../errors.ts';
import type { DelegatedRole, Parsed } from '../model/metadata.ts';
import { includesPattern } from '../names/match.ts';

// Characters against characters. Honest repositories compare some thousands of times less.
const MOST_WORK = 20_000_000;

/** Throws ReviewError when `delegator`, which was itself given `scope`, gives a role a pattern outside of it. */
export function reviewWidening(delegator: Parsed<'targets'>, scope: DelegatedRole['scope'] | undefined): void {
  // The top-level targets speak for every name; who may have hash prefixes is judged elsewhere.
  if (scope?.by !== 'paths') return;
  const given = new Set(scope.patterns);
  const givenLength = scope.patterns.reduce((sum, pattern) => sum + pattern.length + 1, 0);
  let work = 0;
  for (const role of delegator.content.delegations?.roles ?? []) {
    for (const pattern of role.scope.by === 'paths' ? role.scope.patterns : []) {
      if (given.has(pattern)) continue;
      work += (pattern.length + 1) * givenLength;
      if (work > MOST_WORK)
        throw new ReviewError('refused-upload', `${delegator.name}: its delegations have too many patterns to compare with its own`);
      if (scope.patterns.some((wider) => includesPattern(wider, pattern))) continue;
      throw new ReviewError(
        'impossible-role',
        `${role.name}: ${delegator.name} was not given ${excerpt(pattern)} itself, only ${scope.patterns.map(excerpt).join(' ').slice(0, 200)}: no client would reach it`,
      );
    }
  }
}

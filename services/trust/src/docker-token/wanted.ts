// What a request needs, in the words of Docker's registry protocol: the same words stand in a token's `access`, in the scope of a
// challenge and in the body of a refusal.
import type { Gun } from '@countersign/core';
import type { Action, Scope } from '../rights.ts';

/** What may be asked of a repository. `*` deletes and rotates keys, and includes the others where a token grants it. */
export type RepositoryAction = 'pull' | 'push' | '*';

export type Wanted =
  | { readonly type: 'repository'; readonly name: Gun; readonly actions: readonly RepositoryAction[] }
  | { readonly type: 'registry'; readonly name: 'catalog'; readonly actions: readonly ['*'] };

/** What concerns no repository, or all of them. */
export const CATALOG: Wanted = { type: 'registry', name: 'catalog', actions: ['*'] };

/** The same in the words of this server, one right for each action. */
export function rightsOf(wanted: Wanted): readonly (readonly [Action, Scope])[] {
  if (wanted.type === 'registry') return [['pull', '*everything']];
  return wanted.actions.map((action) => [action === '*' ? 'admin' : action, wanted.name]);
}

/** What a client must bring a token for when this server wants `action` on `scope`. Publishers read as well. */
export function wantedFor(action: Action, scope: Scope): Wanted {
  if (scope === '*everything' || scope === '*nothing') return CATALOG;
  if (action === 'admin') return { type: 'repository', name: scope, actions: ['*'] };
  return { type: 'repository', name: scope, actions: action === 'push' ? ['push', 'pull'] : ['pull'] };
}

/** As `scope` of a challenge: `repository:registry.example.com/app:push,pull`. */
export const scopeText = (wanted: readonly Wanted[]): string =>
  wanted.map(({ type, name, actions }) => `${type}:${name}:${actions.join(',')}`).join(' ');

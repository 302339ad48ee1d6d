// What people and programs are shown of a delegation.
import { type DelegatedRole, type Env, usableKeys } from '@countersign/core';
import type { DelegationFacts } from './repository.ts';
import type { Place } from './walk-delegations.ts';

export function delegationFacts({ delegator, role, keys, targets, problem }: Place, env: Env): DelegationFacts {
  const usable = [...usableKeys(role, keys, env)];
  const names = delegator.content.binding?.signers;
  return {
    role: role.name,
    delegator: delegator.name,
    terminating: role.terminating,
    paths: pathsOf(role),
    threshold: role.threshold,
    keys: usable,
    holders: usable.map((fingerprint) => ({ fingerprint, name: names?.get(fingerprint) })),
    published: targets && { version: targets.content.version, expires: targets.content.expires, signers: targets.signers },
    problem,
  };
}

/** The patterns of a delegation, as people are shown them. */
export const pathsOf = ({ scope }: DelegatedRole): readonly string[] =>
  scope.by === 'paths' ? scope.patterns : scope.prefixes.map((prefix) => `${prefix}…`);

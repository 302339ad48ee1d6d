// What people and programs are shown of a delegation.
import { binsAmong, type DelegatedRole, type Env, parseRoleName, usableKeys, type Verified } from '@countersign/core';
import type { Refreshed } from './refresh-repository.ts';
import type { DelegationFacts } from './repository.ts';
import type { Place } from './walk-delegations.ts';

export function delegationFacts({ delegator, role, keys, targets, problem }: Place, env: Env): DelegationFacts {
  const usable = [...usableKeys(role, keys, env)];
  const names = env.dialect.signerNames(delegator, env.crypto);
  return {
    role: role.name,
    delegator: delegator.name,
    terminating: role.terminating,
    paths: pathsOf(role),
    bins: undefined,
    threshold: role.threshold,
    keys: usable,
    holders: usable.map((fingerprint) => ({ fingerprint, name: names?.get(fingerprint) })),
    published: targets && { version: targets.content.version, expires: targets.content.expires, signers: targets.signers },
    problem,
  };
}

/** The bins of a role, told as one; undefined where it has none. */
export function binFacts(delegator: Verified<'targets'>, { stage, env }: Pick<Refreshed, 'stage' | 'env'>): DelegationFacts | undefined {
  const { bins, keys } = delegator.content.delegations ?? {};
  if (bins === undefined || keys === undefined) return undefined;
  const usable = [...usableKeys(bins, keys, env)];
  return {
    role: parseRoleName(`${bins.prefix}-*`),
    delegator: delegator.name,
    terminating: true,
    paths: [],
    bins: { bits: bins.bits, listed: binsAmong(bins, stage.before.snapshot.content.meta.keys()).length },
    threshold: bins.threshold,
    keys: usable,
    holders: usable.map((fingerprint) => ({ fingerprint, name: env.dialect.signerNames(delegator, env.crypto)?.get(fingerprint) })),
    published: undefined,
    problem: undefined,
  };
}

/** The patterns of a delegation, as people are shown them. */
export const pathsOf = ({ scope }: DelegatedRole): readonly string[] =>
  scope.by === 'paths' ? scope.patterns : scope.prefixes.map((prefix) => `${prefix}…`);

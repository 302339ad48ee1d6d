// Changes of who may sign what: a role added, replaced, given other keys, or taken away.
import {
  countSignatures,
  type Draft,
  draftDelegations,
  draftEntries,
  type Instant,
  type KeySet,
  type NewDelegation,
  type RoleKeys,
  type RoleName,
  type SignerNames,
  usableKeys,
  type Verified,
} from '@countersign/core';
import { conventionsOf } from './dialects/conventions-of.ts';
import { PublishError } from './errors.ts';
import { draftFirstFile } from './first-file.ts';
import { rekeyBins } from './plan-bins.ts';
import type { Refreshed } from './refresh-repository.ts';
import { delegatedSignatories, type Step } from './sign-draft.ts';
import { type Standing, standingRole, standingTargets } from './standing.ts';
import type { World } from './world.ts';

/** Roles below targets, each added or replaced in its place. */
export async function planDelegate(
  changes: readonly NewDelegation[],
  repository: Refreshed,
  expires: Instant,
  world: World,
): Promise<readonly Step[]> {
  const { dialect } = repository.env;
  const targets = standingTargets(repository);
  const written = changes.map(({ name, keys, paths, terminating, signers, before }) => ({
    ...{ name: dialect.roleCalled(name), keys, paths, terminating },
    ...(signers === undefined ? {} : { signers }),
    ...(before === undefined ? {} : { before }),
  }));
  const draft = draftDelegations(targets.file, written, expires, repository.env);
  const steps: Step[] = [{ draft, needed: [targets.signatories] }];
  for (const { name } of written) {
    const stands = targets.file.content.delegations?.roles.some((role) => role.name === name) === true;
    const past = stands ? 0 : await conventionsOf(dialect).pastVersion(name, repository, world);
    if (stands) steps.push(...(await underNewKeys(await standingRole(repository, name), draft, repository, expires)));
    else if (past > 0) {
      // It was taken away before. What it signed then stays on the server, by keys that count no more: it starts empty.
      const first = draftFirstFile(name, past, new Map(), repository, expires);
      const needed = [delegatedSignatories(draft, name, repository.env)];
      steps.push({ draft: first, needed, ...(isAsked(name, draft, repository) ? {} : { optional: true }) });
    }
  }
  return steps;
}

/** Whether a search may ask the role: where some alone speak, what is wrong with the others stops nobody, and their holders can mend it. */
function isAsked(name: RoleName, draft: Draft<'targets'>, { env }: Refreshed): boolean {
  const coming = env.dialect.parse('targets', draft.name, env.dialect.file(draft.signed, []), env);
  return env.dialect.speakers(coming)?.includes(name) ?? true;
}

/** Other keys for a delegated role, wherever in the tree it stands. */
export async function planRotatedRole(name: RoleName, keys: KeySet, repository: Refreshed, expires: Instant): Promise<readonly Step[]> {
  const standing = await standingRole(repository, name);
  const { place } = standing;
  if (place === undefined) throw new PublishError('unknown-role', `${repository.gun}: no delegation leads to a role ${name}`);
  const { role, delegator } = place;
  if (role.scope.by === 'hash') throw new PublishError('unknown-role', `${name} is delegated by hash prefixes, which cannot be edited`);
  const signers = namesOfReplaced(role, keys, delegator, repository);
  const replaced: NewDelegation = { name, keys, paths: role.scope.patterns, terminating: role.terminating, signers };
  const draft = draftDelegations(delegator, [replaced], expires, repository.env);
  const { signatories } = await standingRole(repository, delegator.name);
  return [{ draft, needed: [signatories] }, ...(await underNewKeys(standing, draft, repository, expires))];
}

/** A role under other keys: its bins with it where they are signed by the keys of the role, and else its file, where it has to be. */
export async function underNewKeys(
  standing: Standing,
  delegator: Draft<'targets'>,
  repository: Refreshed,
  expires: Instant,
): Promise<readonly Step[]> {
  const signatories = delegatedSignatories(delegator, standing.name, repository.env);
  return (
    (await rekeyBins(standing, delegator, signatories, repository, expires)) ??
    signedAnew(standing.name, standing.file, delegator, repository, expires)
  );
}

/** One key in the place of one other has the same holder. */
function namesOfReplaced(role: RoleKeys, { keys }: KeySet, delegator: Verified<'targets'>, { env }: Refreshed): SignerNames {
  const before = usableKeys(role, delegator.content.delegations?.keys ?? new Map(), env);
  const [gone, ...othersGone] = [...before].filter((fingerprint) => keys.every((key) => key.fingerprint !== fingerprint));
  const [come, ...othersCome] = keys.filter((key) => !before.has(key.fingerprint));
  const name = gone && delegator.content.binding?.signers?.get(gone);
  if (name === undefined || come === undefined || othersGone.length + othersCome.length > 0) return new Map();
  return new Map([[come.fingerprint, name]]);
}

/** A role whose newest file the new keys do not vouch for is signed again in the same upload, or nobody could read it. */
function signedAnew(
  name: RoleName,
  file: Verified<'targets'> | undefined,
  delegator: Draft<'targets'>,
  repository: Refreshed,
  expires: Instant,
): Step[] {
  if (file === undefined) return [];
  const { env } = repository;
  const signatories = delegatedSignatories(delegator, name, env);
  const { valid, threshold } = countSignatures(file, signatories.role, signatories.keys, env);
  return valid.length >= threshold ? [] : [{ draft: draftEntries(file, new Map(), expires, env), needed: [signatories] }];
}

/** A role below targets, taken away. Its file stays listed in the snapshot: one that vanished would read as a rollback. */
export function planUndelegate(name: RoleName, repository: Refreshed, expires: Instant): Step {
  const { file, signatories } = standingTargets(repository);
  if (file.content.delegations?.roles.some((role) => role.name === name) !== true) {
    throw new PublishError('unknown-role', `${repository.gun}: targets does not delegate to a role ${name.slice(0, 80)}`);
  }
  return { draft: draftDelegations(file, [{ remove: name }], expires, repository.env), needed: [signatories] };
}

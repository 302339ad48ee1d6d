// From what a publisher wants to the drafts that say so, on top of the newest metadata.
import {
  type Dialect,
  draftEntries,
  draftNextRoot,
  expiryAfter,
  type Instant,
  isTopLevel,
  type KeySet,
  parseTargetPath,
  ROOT,
  type RoleName,
  roleOf,
  rootOf,
  SNAPSHOT,
  TARGETS,
  TIMESTAMP,
} from '@countersign/core';
import type { EntriesChange, KeyChange, LaterChange, PublishChange, SignerChange } from './change.ts';
import { conventionsOf } from './dialects/conventions-of.ts';
import { draftFirstFile } from './first-file.ts';
import type { KeyPlan } from './key-use.ts';
import { EVERY_ROLE, type Overdue, PEOPLES_ROLES } from './overdue.ts';
import { hasBins, renewBins, routeEntries } from './plan-bins.ts';
import { planCeremony } from './plan-ceremony.ts';
import { planDelegate, planRotatedRole, planUndelegate } from './plan-delegation.ts';
import { planKeyChange } from './plan-key.ts';
import { planAddSigner, planRemoveSigner } from './plan-signers.ts';
import type { Refreshed } from './refresh-repository.ts';
import { rootSignatories, type Step } from './sign-draft.ts';
import { type Standing, standingRole } from './standing.ts';
import type { World } from './world.ts';

/**
 * The roles that may have expired: those that a change signs anew, and targets, because the holders of different keys must be able
 * to renew in any order. Consumers believe nothing before the last of them did.
 */
export function overdueFor(change: LaterChange, { releases }: Pick<Dialect, 'releases'>): Overdue {
  // Which roles a signer or a key is in is known only once they were read, also when nobody renewed them.
  if (isKeyChange(change) || change.kind === 'add-signer' || change.kind === 'remove-signer') return PEOPLES_ROLES;
  if (change.kind === 'rotate' && (change.role === TIMESTAMP || change.role === SNAPSHOT)) return EVERY_ROLE;
  return new Set([...overdueRoles(change, releases), ...(change.renew ?? [])]);
}

function overdueRoles(change: Exclude<LaterChange, SignerChange | KeyChange>, releases: RoleName): Iterable<RoleName> {
  if (change.kind === 'renew') return [TARGETS];
  if (change.kind === 'entries') return [TARGETS, change.as ?? releases, ...(change.also ?? [])];
  if (change.kind === 'undelegate') return [TARGETS];
  if (change.kind === 'delegate') return [TARGETS, change.role];
  if (change.kind === 'ceremony') return [ROOT, TARGETS];
  if (change.replacement === 'server' || isTopLevel(change.role)) return [ROOT, TARGETS];
  return [TARGETS, change.role];
}

const isKeyChange = (change: PublishChange): change is KeyChange => change.kind === 'replace-key' || change.kind === 'revoke-key';

export interface Planned {
  readonly steps: readonly Step[];
  readonly key: KeyPlan | undefined;
}

/** Throws PublishError and FormatError when there is no such role, or nothing that could be signed. */
export async function planChange(change: LaterChange, repository: Refreshed, world: World): Promise<Planned> {
  const key = isKeyChange(change) ? await planKeyChange(change, repository, world) : undefined;
  const steps = [...(isKeyChange(change) ? (key?.steps ?? []) : await planSteps(change, repository, world))];
  for (const role of new Set(change.renew)) {
    const drafted = new Set(steps.map(({ draft }) => draft.name));
    // A role that is drafted with its entries may still have bins that are not.
    const renewed = drafted.has(role) && change.kind !== 'entries' ? [] : await planRenewal(role, repository, world);
    steps.push(...renewed.filter(({ draft }) => !drafted.has(draft.name)));
  }
  return { steps, key };
}

async function planRenewal(role: RoleName, repository: Refreshed, world: World): Promise<readonly Step[]> {
  const { lifetimes } = world.options;
  const { env, stage } = repository;
  if (role === ROOT) {
    const { root: before } = rootOf(stage);
    const root = draftNextRoot(before, {}, expiryAfter(env.now, lifetimes.root), env);
    return [{ draft: root, needed: [rootSignatories(root, 'root', env)] }];
  }
  const standing = await standingRole(repository, role);
  const expires = expiryAfter(env.now, lifetimes.targets);
  return hasBins(standing)
    ? renewBins(standing, repository, expires)
    : [await planEntries(new Map(), standing, repository, expires, world)];
}

async function planSteps(change: Exclude<LaterChange, KeyChange>, repository: Refreshed, world: World): Promise<readonly Step[]> {
  if (change.kind === 'renew') return [];
  if (change.kind === 'ceremony') return planCeremony(change, repository, world);
  const { lifetimes } = world.options;
  const expires = expiryAfter(repository.env.now, lifetimes.targets);
  if (change.kind === 'entries') {
    const steps = await planEntriesChange(change, repository, expires, world);
    for (const role of change.also ?? [])
      steps.push(await planEntries(change.entries, await standingRole(repository, role, 'anew'), repository, expires, world));
    return steps;
  }
  if (change.kind === 'delegate') return planDelegate([{ ...change, name: change.role }], repository, expires, world);
  if (change.kind === 'add-signer') return planAddSigner(change, repository, expires, world);
  if (change.kind === 'remove-signer') return planRemoveSigner(change, repository, expires);
  if (change.kind === 'undelegate') return [planUndelegate(change.role, repository, expires)];
  if (change.replacement !== 'server' && !isTopLevel(change.role)) {
    return planRotatedRole(change.role, change.replacement, repository, expires);
  }
  const replaced =
    change.replacement === 'server' ? await serverKeys(change.role, repository, world) : { [change.role]: change.replacement };
  const { stage, env } = repository;
  const { root: before } = rootOf(stage);
  const root = draftNextRoot(before, replaced, expiryAfter(env.now, lifetimes.root), env);
  // TUF 1.0.34 §6.1: a root is signed by a threshold of the keys before it and of its own.
  const needed = [{ role: roleOf(before, 'root'), keys: before.content.keys }, rootSignatories(root, 'root', env)];
  if (change.role !== 'targets') return [{ draft: root, needed }];
  // Targets that only the old key signed would not verify under the new root: both go up together.
  const targets = draftEntries(stage.targets, new Map(), expires, env);
  return [
    { draft: root, needed },
    { draft: targets, needed: [rootSignatories(root, 'targets', env)] },
  ];
}

/** The role, or those of its bins that the names fall into. */
async function planEntriesChange(change: EntriesChange, repository: Refreshed, expires: Instant, world: World): Promise<Step[]> {
  const standing = await standingRole(repository, change.as ?? repository.env.dialect.releases);
  if (change.entries.size === 0 && hasBins(standing)) return [...(await renewBins(standing, repository, expires))];
  const renewed = change.renew?.includes(standing.name) === true;
  const steps: Step[] = [];
  for (const { standing: home, entries } of await routeEntries(standing, change.entries, repository)) {
    // A role expires with the first of its bins. A denial touches the role alone, and must not hide that they are due.
    const until = hasBins(home) && !renewed ? home.file?.content.expires : undefined;
    steps.push(await planEntries(entries, home, repository, until ?? expires, world));
  }
  return steps;
}

async function planEntries(
  entries: EntriesChange['entries'],
  standing: Standing,
  repository: Refreshed,
  expires: Instant,
  world: World,
): Promise<Step> {
  for (const [path, entry] of entries) if (entry !== undefined) parseTargetPath(path);
  const { name, file, signatories } = standing;
  if (file !== undefined) return { draft: draftEntries(file, entries, expires, repository.env), needed: [signatories] };
  const past = await conventionsOf(repository.env.dialect).pastVersion(name, repository, world);
  return { draft: draftFirstFile(name, past, entries, repository, expires), needed: [signatories] };
}

async function serverKeys(
  role: 'snapshot' | 'timestamp',
  repository: Refreshed,
  world: World,
): Promise<Partial<Record<'snapshot' | 'timestamp', KeySet>>> {
  const replaced: Partial<Record<'snapshot' | 'timestamp', KeySet>> = {};
  for (const one of await conventionsOf(repository.env.dialect).serverRoles(role, repository, world))
    replaced[one] = { keys: [await world.server.key(repository.gun, one, 'next')], threshold: 1 };
  return replaced;
}

// From what a publisher wants to the drafts that say so, on top of the newest metadata.
import {
  draftEntries,
  draftNextRoot,
  expiryAfter,
  type Instant,
  type KeySet,
  parseTargetPath,
  RELEASES,
  ROOT,
  type RoleName,
  roleOf,
  rootOf,
  TARGETS,
} from '@countersign/core';
import type { EntriesChange, InitChange, KeyChange, PublishChange, SignerChange } from './change.ts';
import { draftFirstFile } from './first-file.ts';
import type { KeyPlan } from './key-use.ts';
import { type Overdue, PEOPLES_ROLES } from './overdue.ts';
import { hasBins, renewBins, routeEntries } from './plan-bins.ts';
import { planCeremony } from './plan-ceremony.ts';
import { planDelegate, planRotatedRole, planUndelegate } from './plan-delegation.ts';
import { planKeyChange } from './plan-key.ts';
import { planAddSigner, planRemoveSigner } from './plan-signers.ts';
import type { Refreshed } from './refresh-repository.ts';
import { rootSignatories, type Step } from './sign-draft.ts';
import { type Standing, standingRole } from './standing.ts';
import type { World } from './world.ts';

/** Every change but the first: that one has nothing to stand on. */
export type LaterChange = Exclude<PublishChange, InitChange>;

/**
 * The roles that may have expired: those that a change signs anew, and targets, because the holders of different keys must be able
 * to renew in any order. Consumers believe nothing before the last of them did.
 */
export function overdueFor(change: LaterChange): Overdue {
  // Which roles a signer or a key is in is known only once they were read, also when nobody renewed them.
  if (isKeyChange(change) || change.kind === 'add-signer' || change.kind === 'remove-signer') return PEOPLES_ROLES;
  return new Set([...overdueRoles(change), ...(change.renew ?? [])]);
}

function overdueRoles(change: Exclude<LaterChange, SignerChange | KeyChange>): Iterable<RoleName> {
  if (change.kind === 'renew') return [TARGETS];
  if (change.kind === 'entries') return [TARGETS, change.as ?? RELEASES];
  if (change.kind === 'undelegate') return [TARGETS];
  if (change.kind === 'delegate') return [TARGETS, change.role];
  if (change.kind === 'ceremony') return [ROOT, TARGETS];
  if (change.replacement === 'server' || change.role === 'root' || change.role === 'targets') return [ROOT, TARGETS];
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

async function planRenewal(role: RoleName, repository: Refreshed, { options: { lifetimes } }: World): Promise<readonly Step[]> {
  const { env, stage } = repository;
  if (role === ROOT) {
    const { root: before } = rootOf(stage);
    const root = draftNextRoot(before, {}, expiryAfter(env.now, lifetimes.root), env);
    return [{ draft: root, needed: [rootSignatories(root, 'root', env)] }];
  }
  const standing = await standingRole(repository, role);
  const expires = expiryAfter(env.now, lifetimes.targets);
  return hasBins(standing) ? renewBins(standing, repository, expires) : [planEntries(new Map(), standing, repository, expires)];
}

async function planSteps(change: Exclude<LaterChange, KeyChange>, repository: Refreshed, world: World): Promise<readonly Step[]> {
  if (change.kind === 'renew') return [];
  if (change.kind === 'ceremony') return planCeremony(change, repository, world);
  const { lifetimes } = world.options;
  const expires = expiryAfter(repository.env.now, lifetimes.targets);
  if (change.kind === 'entries') {
    const standing = await standingRole(repository, change.as ?? RELEASES);
    if (change.entries.size === 0 && hasBins(standing)) return renewBins(standing, repository, expires);
    const renewed = change.renew?.includes(standing.name) === true;
    return (await routeEntries(standing, change.entries, repository)).map(({ standing: home, entries }) => {
      // A role expires with the first of its bins. A denial touches the role alone, and must not hide that they are due.
      const until = hasBins(home) && !renewed ? home.file?.content.expires : undefined;
      return planEntries(entries, home, repository, until ?? expires);
    });
  }
  if (change.kind === 'delegate') return planDelegate(change, repository, expires);
  if (change.kind === 'add-signer') return planAddSigner(change, repository, expires);
  if (change.kind === 'remove-signer') return planRemoveSigner(change, repository, expires);
  if (change.kind === 'undelegate') return [planUndelegate(change.role, repository, expires)];
  if (change.replacement !== 'server' && change.role !== 'root' && change.role !== 'targets') {
    return planRotatedRole(change.role, change.replacement, repository, expires);
  }
  const replacement = change.replacement === 'server' ? await serverKeys(change.role, repository, world) : change.replacement;
  const { stage, env } = repository;
  const { root: before } = rootOf(stage);
  const root = draftNextRoot(before, { [change.role]: replacement }, expiryAfter(env.now, lifetimes.root), env);
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

function planEntries(entries: EntriesChange['entries'], standing: Standing, repository: Refreshed, expires: Instant): Step {
  for (const [path, entry] of entries) if (entry !== undefined) parseTargetPath(path);
  const { name, file, signatories } = standing;
  const draft =
    file === undefined ? draftFirstFile(name, entries, repository, expires) : draftEntries(file, entries, expires, repository.env);
  return { draft, needed: [signatories] };
}

async function serverKeys(role: 'snapshot' | 'timestamp', { gun }: Refreshed, world: World): Promise<KeySet> {
  return { keys: [await world.server.key(gun, role, 'next')], threshold: 1 };
}

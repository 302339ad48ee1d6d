// A key that leaves a repository, and perhaps another in its place: every role that names it, in one upload. TUF metadata says who may
// sign in many files; changed one by one, a thief's key would be gone from one and still count in the next.
import {
  type BinDelegation,
  binNamed,
  countSignatures,
  type DelegatedRole,
  type Draft,
  draftEntries,
  expiryAfter,
  type Fingerprint,
  type KeyRing,
  nextDraft,
  type Parsed,
  ROOT,
  type RoleKeys,
  type RoleName,
  roleOf,
  rootOf,
  TARGETS,
  usableKeys,
  type Verified,
} from '@countersign/core';
import type { KeyChange } from './change.ts';
import { PublishError } from './errors.ts';
import { type KeyPlan, type KeyUse, keyUses, type TouchedRole } from './key-use.ts';
import type { Refreshed } from './refresh-repository.ts';
import type { Signatories, Step } from './sign-draft.ts';
import { bindingAfterSwap, type Swap, swapInDelegations, swapInRoot } from './swap-key.ts';
import { type Place, walkDelegations } from './walk-delegations.ts';
import type { World } from './world.ts';

export interface PlannedKey extends KeyPlan {
  readonly steps: readonly Step[];
}

/**
 * Throws PublishError: `impossible-threshold` when a role would be left with too few keys, `unknown-role` for a threshold of a role that
 * does not name the key; and what is wrong with a role that cannot be read, because the key may be trusted behind it.
 */
export async function planKeyChange(change: KeyChange, repository: Refreshed, world: World): Promise<PlannedKey> {
  const { env, stage } = repository;
  const places = await readablePlaces(repository);
  const uses = keyUses(change.old, repository, places);
  const meant = (use: KeyUse): boolean =>
    (change.in === undefined || use.role === change.in || (use.bins && use.by === change.in)) &&
    // The server makes the keys of its roles itself; people rotate those by asking it for the next one.
    (use.by !== ROOT || (change.root === 'include' && (use.role === ROOT || use.role === TARGETS)));
  const roles = new Set<string>(uses.filter(meant).map(({ role }) => role));
  const thresholds = thresholdsIn(change, uses.filter(meant));
  const next = (role: string) =>
    change.kind === 'replace-key' ? ((role === 'root' ? change.nextInRoot : undefined) ?? change.next) : undefined;
  const swap: Swap = { old: change.old, next, wanted: (role) => roles.has(role), thresholds };
  const { lifetimes } = world.options;
  const { root } = rootOf(stage);
  const inRoot = change.root === 'include' ? swapInRoot(root.signed, root.content.keys, swap, env) : undefined;
  const newRoot = inRoot && nextDraft(root, expiryAfter(env.now, lifetimes.root), inRoot, env);
  const steps = [
    ...(newRoot === undefined ? [] : [rootStep(root, newRoot, repository)]),
    ...fileSteps(newRoot, places, swap, expiryAfter(env.now, lifetimes.targets), repository),
  ];
  return {
    uses,
    steps,
    touched: steps.map((step) => touchedBy(step, repository)),
    lowered: [...thresholds].map(([role, threshold]) => ({ role, threshold })),
    left: uses.filter((use) => !meant(use)),
  };
}

/** Which thresholds become lower in this repository. Throws PublishError `unknown-role`. */
function thresholdsIn(change: KeyChange, uses: readonly KeyUse[]): ReadonlyMap<RoleName, number> {
  if (change.kind !== 'revoke-key') return new Map();
  const { thresholds = new Map<RoleName, number>(), thresholdsWhereTooFew = new Map<RoleName, number>() } = change;
  for (const role of thresholds.keys()) {
    if (!uses.some((use) => use.role === role))
      throw new PublishError('unknown-role', `${role.slice(0, 80)} does not name the key, its threshold stays`);
  }
  const resolved = new Map<RoleName, number>();
  for (const { role, keys, threshold } of uses) {
    // The bins of a role are pieces of it, and what it takes to sign it, it takes to sign them.
    const of = role.endsWith('-*') ? role.slice(0, -2) : role;
    const named = (wanted: ReadonlyMap<RoleName, number>) => [...wanted].find(([name]) => name === of)?.[1];
    const lower = named(thresholds) ?? (keys.length - 1 < threshold ? named(thresholdsWhereTooFew) : undefined);
    if (lower !== undefined) resolved.set(role, lower);
  }
  return resolved;
}

export async function allKeyUses(key: Fingerprint, repository: Refreshed): Promise<readonly KeyUse[]> {
  return keyUses(key, repository, await readablePlaces(repository));
}

async function readablePlaces(repository: Refreshed): Promise<readonly Place[]> {
  const places = await walkDelegations(repository, 'listed');
  for (const { problem } of places) if (problem !== undefined) throw problem;
  return places;
}

/** TUF 1.0.34 §6.1: a root is signed by a threshold of the keys before it and of its own. */
function rootStep(before: Verified<'root'>, draft: Draft<'root'>, repository: Refreshed): Step {
  const after = unsigned(draft, repository);
  return { draft, needed: [before, after].map((root) => ({ role: roleOf(root, 'root'), keys: root.content.keys })) };
}

/** Targets and delegated roles: those whose delegations change, and those that the keys which are left do not vouch for. */
function fileSteps(
  newRoot: Draft<'root'> | undefined,
  places: readonly Place[],
  swap: Swap,
  expires: ReturnType<typeof expiryAfter>,
  repository: Refreshed,
): readonly Step[] {
  const { env, stage } = repository;
  const files = new Map<RoleName, Verified<'targets'>>([[TARGETS, stage.targets]]);
  for (const { role, targets } of places) if (targets !== undefined) files.set(role.name, targets);
  const drafts = new Map<RoleName, Draft<'targets'>>();
  for (const [name, file] of files) {
    const delegations = swapInDelegations(file.signed, file.content.delegations?.keys ?? new Map(), swap, env);
    // A role expires with the first of its bins, some of which may stay as they are.
    const until = file.content.delegations?.bins === undefined ? expires : file.content.expires;
    if (delegations !== undefined)
      drafts.set(name, nextDraft(file, until, { delegations }, env, bindingAfterSwap(file, delegations, swap, env)));
  }
  const root = newRoot === undefined ? rootOf(stage).root : unsigned(newRoot, repository);
  const needed = new Map<RoleName, Signatories[]>([[TARGETS, [{ role: roleOf(root, 'targets'), keys: root.content.keys }]]]);
  const after = new Map<RoleName, Delegating>();
  for (const [name, draft] of drafts) after.set(name, delegating(unsigned(draft, repository)));
  for (const { role, keys, delegator } of places) {
    const changed = after.get(delegator.name);
    const signatories = changed === undefined ? { role, keys } : { role: roleIn(changed, role), keys: changed.keys };
    const others = needed.get(role.name);
    if (others === undefined) needed.set(role.name, [signatories]);
    else others.push(signatories);
  }
  const steps: Step[] = [];
  for (const [name, file] of files) {
    const signatories = needed.get(name) ?? [];
    const standing = signatories.every(({ role, keys }) => countSignatures(file, role, keys, env).valid.length >= role.threshold);
    const draft = drafts.get(name) ?? (standing ? undefined : draftEntries(file, new Map(), expires, env));
    if (draft !== undefined) steps.push({ draft, needed: signatories });
  }
  return steps;
}

interface Delegating {
  readonly keys: KeyRing;
  readonly roles: ReadonlyMap<RoleName, RoleKeys>;
  readonly bins: BinDelegation | undefined;
}

const roleIn = ({ roles, bins }: Delegating, role: DelegatedRole): RoleKeys =>
  roles.get(role.name) ?? (bins && binNamed(bins, role.name)) ?? role;

const delegating = ({ content: { delegations } }: Parsed<'targets'>): Delegating => ({
  keys: delegations?.keys ?? new Map(),
  roles: new Map((delegations?.roles ?? []).map((role) => [role.name, role])),
  bins: delegations?.bins,
});

const unsigned = <Kind extends 'root' | 'targets'>(draft: Draft<Kind>, { env }: Refreshed): Parsed<Kind> =>
  env.dialect.parse(draft.kind, draft.name, env.dialect.file(draft.signed, []), env);

const touchedBy = ({ draft, needed }: Step, { env }: Refreshed): TouchedRole => ({
  role: draft.name,
  version: draft.version,
  needs: needed.map(({ role, keys }) => ({ threshold: role.threshold, keys: [...usableKeys(role, keys, env)] })),
});

// A server's judgement of targets and delegated roles: each held to the delegation that leads to it, and none left behind that
// clients could no longer verify.
import { ReviewError, TrustError } from '../errors.ts';
import type { Env } from '../formats/dialect.ts';
import type { DelegatedRole, KeyRing, Parsed, RoleKeys } from '../model/metadata.ts';
import { roleOf } from '../model/role-of.ts';
import { ROOT, TARGETS } from '../model/top-level.ts';
import type { RoleName } from '../names/brand.ts';
import { checkSameRole } from '../trust/binding.ts';
import { checkNotExpired } from '../trust/root.ts';
import { type Verified, verifySigned } from '../verify/verify-signed.ts';
import type { Review, ReviewHead, Standing, Upload } from './plan.ts';
import { areBinsTouched, binsOf, checkAllThere, reviewBin, reviewBinDelegation } from './review-bins.ts';
import { countKeys, type KeyCount } from './review-key-count.ts';
import { reviewBinding, reviewTargetsContent } from './review-names.ts';
import { checkVersion, storedFile } from './review-stored.ts';
import { reviewWidening } from './review-widening.ts';

interface Signers {
  readonly role: RoleKeys;
  readonly keys: KeyRing;
}

/** Targets and delegated roles as they will stand, and which of them are bins. */
export interface StandingRoles {
  readonly roles: readonly Standing<'targets'>[];
  readonly bins: ReadonlySet<RoleName>;
}

/** Targets first, then every delegated role that the upload brings or that a change of its delegator touches. */
export function* standingTargets(
  head: ReviewHead | undefined,
  upload: Upload,
  root: Standing<'root'>,
  count: KeyCount,
  env: Env,
): Review<StandingRoles> {
  const rootKeys = { role: roleOf(root.file, 'targets'), keys: root.file.content.keys };
  const top = yield* standing(head, upload, TARGETS, rootKeys, root, root.arrived, count, env);
  if (top === undefined) throw new ReviewError('refused-upload', `${upload.gun} has no targets yet, and the upload brings none`);
  const reached = new Map<RoleName, Standing<'targets'>>([[TARGETS, top]]);
  const delegated = new Set<RoleName>();
  const missing = new Set([...upload.parts.keys()].filter((name) => name !== ROOT && name !== TARGETS));
  // A stored role whose delegator stays as it was is opened only when an uploaded role is still to be found, or when delegations or
  // a root arrived: those might claim a role that another has delegated already, deeper down, and this one drop a name it was signed for.
  const queue: Standing<'targets'>[] = [top];
  const unopened: { readonly name: RoleName; readonly signers: Signers }[] = [];
  const bins = new Set<RoleName>();
  const scopes = new Map<RoleName, DelegatedRole['scope']>();
  let delegates = root.arrived;
  const take = (name: RoleName, found: Standing<'targets'> | undefined): void => {
    if (found === undefined) return; // delegated to, but not published yet
    missing.delete(name);
    reached.set(name, found);
    queue.push(found);
  };
  for (;;) {
    const next = queue.shift();
    if (next === undefined) {
      const candidate = delegates || missing.size > 0 ? unopened.shift() : undefined;
      if (candidate === undefined) break;
      take(candidate.name, yield* standing(head, upload, candidate.name, candidate.signers, root, root.arrived, count, env));
      continue;
    }
    const { file, arrived } = next;
    if (arrived) reviewWidening(file, scopes.get(file.name));
    const inBins = binsOf(next);
    const touched = inBins.length > 0 && (yield* areBinsTouched(head, next, root, env));
    if (arrived) checkAllThere(inBins, head, upload);
    for (const role of inBins) {
      claimName(role.name, delegated);
      bins.add(role.name);
      if (!touched && !missing.has(role.name)) continue;
      const signers = { role, keys: file.content.delegations?.keys ?? new Map() };
      const found = yield* standing(head, upload, role.name, signers, root, touched, count, env);
      if (found?.arrived === true) reviewBin(found.file, file, inBins.length, env);
      missing.delete(role.name);
      if (found !== undefined) reached.set(role.name, found);
    }
    for (const role of file.content.delegations?.roles ?? []) {
      claimName(role.name, delegated);
      scopes.set(role.name, role.scope);
      const signers = { role, keys: file.content.delegations?.keys ?? new Map() };
      delegates ||= arrived;
      if (arrived || missing.has(role.name)) take(role.name, yield* standing(head, upload, role.name, signers, root, arrived, count, env));
      else unopened.push({ name: role.name, signers });
    }
  }
  const [lost] = missing;
  if (lost !== undefined) throw new ReviewError('unknown-role', `${lost}: no delegation leads to this role`);
  return { roles: [...reached.values()], bins };
}

function claimName(name: RoleName, delegated: Set<RoleName>): void {
  if (delegated.has(name)) throw new ReviewError('unsafe-name', `${name}: two delegations lead to a role of this name`);
  delegated.add(name);
}

/** One role as it will stand. `touched`: who delegates to it has changed, so a stored file must prove itself again. */
function* standing(
  head: ReviewHead | undefined,
  upload: Upload,
  name: RoleName,
  signers: Signers,
  root: Standing<'root'>,
  touched: boolean,
  count: KeyCount,
  env: Env,
): Review<Standing<'targets'> | undefined> {
  const part = upload.parts.get(name);
  if (part !== undefined) {
    const parsed = env.dialect.parse('targets', name, part, env);
    countKeys(parsed, count, env.limits);
    checkVersion(head, name, parsed.content.version, env);
    const file = verifySigned(parsed, signers.role, signers.keys, env);
    reviewBinding(file, root.file);
    checkNotExpired(file, env);
    reviewTargetsContent(file, env);
    const { bins, keys } = file.content.delegations ?? {};
    if (bins !== undefined && keys !== undefined) reviewBinDelegation(bins, keys, env);
    return { file, arrived: true };
  }
  const stored = upload.recreate ? undefined : yield* storedFile(head, name, 'targets', env);
  return stored && { file: stillVerifies(stored, signers, root, touched, env), arrived: false };
}

function stillVerifies(
  stored: Parsed<'targets'>,
  signers: Signers,
  root: Standing<'root'>,
  touched: boolean,
  env: Env,
): Verified<'targets'> {
  try {
    checkSameRole(stored, root.file);
    return verifySigned(stored, signers.role, signers.keys, env);
  } catch (error) {
    if (!touched || !(error instanceof TrustError)) throw error;
    const text = `${stored.name} v${stored.content.version} would stop verifying: it must be signed again in the same upload`;
    throw new ReviewError('orphaned-role', text, { cause: error });
  }
}

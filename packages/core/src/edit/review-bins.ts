// A server's judgement of hash bins (TAP 15): all of them are there, none is larger than its share, and each holds what a search
// would look for in it.
import { excerpt } from '../bytes/excerpt.ts';
import { ReviewError } from '../errors.ts';
import type { Env } from '../formats/dialect.ts';
import { allBins, binOf, MOST_BINS_WRITTEN } from '../model/bins.ts';
import type { BinDelegation, DelegatedRole, KeyRing, Parsed } from '../model/metadata.ts';
import { parseOwnRoleName } from '../names/role-name.ts';
import { trustedRoleKey } from '../workflow/delegated-targets.ts';
import type { Review, ReviewHead, Standing, Upload } from './plan.ts';
import { named, reviewRoleKeys } from './review-names.ts';
import { storedFile } from './review-stored.ts';

/** Throws ReviewError: more bins than a snapshot should list, names that are not ours, or keys that can never sign them. */
export function reviewBinDelegation(bins: BinDelegation, keys: KeyRing, env: Env): void {
  if (2 ** bins.bits > MOST_BINS_WRITTEN)
    throw new ReviewError('refused-upload', `${excerpt(bins.prefix)}: wanted at most ${MOST_BINS_WRITTEN} bins, got ${2 ** bins.bits}`);
  for (const { name } of allBins(bins)) named(name, parseOwnRoleName);
  reviewRoleKeys(bins.prefix, bins, keys, env);
}

/** The bins of a delegator that has them; nothing for all others. */
export function binsOf({ file }: Standing<'targets'>): readonly DelegatedRole[] {
  const bins = file.content.delegations?.bins;
  return bins === undefined ? [] : allBins(bins);
}

/**
 * Whether the bins that stand must prove themselves again. Their delegator may have arrived with nothing new about them, as it does
 * with every denial: five hundred files need not be opened for that.
 */
export function* areBinsTouched(
  head: ReviewHead | undefined,
  { file, arrived }: Standing<'targets'>,
  root: Standing<'root'>,
  env: Env,
): Review<boolean> {
  if (root.arrived || !arrived) return root.arrived;
  const before = yield* storedFile(head, file.name, 'targets', env);
  return !isSameDelegation(file, before, env);
}

function isSameDelegation(now: Parsed<'targets'>, then: Parsed<'targets'> | undefined, env: Env): boolean {
  // The first bin stands for all: name, threshold and keys.
  const said = (file: Parsed<'targets'> | undefined): string | undefined => {
    const { bins, keys } = file?.content.delegations ?? {};
    const [first] = bins === undefined ? [] : allBins(bins);
    return first && keys && trustedRoleKey(first, keys, env.crypto);
  };
  return said(now) === said(then) && now.content.delegations?.bins?.bits === then?.content.delegations?.bins?.bits;
}

/** TAP 15: every bin must exist. A name that falls into one that does not would be neither signed nor known to be absent. */
export function checkAllThere(bins: readonly DelegatedRole[], head: ReviewHead | undefined, { parts, recreate }: Upload): void {
  const absent = bins.find(({ name }) => !parts.has(name) && (recreate || head?.files.has(name) !== true));
  if (absent === undefined) return;
  throw new ReviewError('refused-upload', `${absent.name}: wanted all ${bins.length} bins, and this one is neither here nor published`);
}

/** Throws ReviewError for a bin that holds what no search looks for there, that delegates further, or that is larger than its share. */
export function reviewBin(bin: Parsed<'targets'>, delegator: Parsed<'targets'>, count: number, env: Env): void {
  // The snapshot does not state the lengths of bins: together they stay within what a repository may have because each does.
  const share = Math.floor(env.limits.repositoryBytes / count);
  if (bin.file.length > share)
    throw new ReviewError('refused-upload', `${bin.name} has ${bin.file.length} bytes, at most ${share} are taken: one of ${count} bins`);
  if (bin.content.delegations !== undefined) throw new ReviewError('refused-upload', `${bin.name}: a bin may not delegate`);
  for (const path of bin.content.targets.keys()) {
    const home = binOf(delegator.content, path, env.crypto)?.name ?? delegator.name;
    if (home !== bin.name)
      throw new ReviewError('refused-upload', `${excerpt(path)} stands in ${bin.name}, clients look for it in ${home}`);
  }
}

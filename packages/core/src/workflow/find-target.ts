// The search for a name: in the order of appearance, each role once. TUF goes depth first (TUF 1.0.34 §5.6.7), Notary breadth first.
import { TrustError } from '../errors.ts';
import type { Env } from '../formats/dialect.ts';
import { binOf } from '../model/bins.ts';
import { checkEntryOf } from '../model/entries.ts';
import type { DelegatedRole, TargetEntry } from '../model/metadata.ts';
import { TARGETS } from '../model/top-level.ts';
import type { Fingerprint, RoleName } from '../names/brand.ts';
import { rootOf, type TargetsTrusted } from '../trust/stages.ts';
import type { Verified } from '../verify/verify-signed.ts';
import { delegatedTargets, type TrustedRoles } from './delegated-targets.ts';
import type { Workflow } from './need.ts';

/** A name that trusted metadata speaks of. */
export interface Target {
  readonly path: string;
  readonly entry: TargetEntry;
  /** The roles from `targets` down to the one that holds the entry. */
  readonly chain: readonly RoleName[];
  /** Who speaks: the last role of the chain that is not a bin. A bin is a piece of the role that delegates to it. */
  readonly role: RoleName;
  /** The keys that signed the role that holds the entry. */
  readonly signers: readonly Fingerprint[];
}

/** A role that a search is about to ask, and how it came there. */
interface Step {
  readonly delegator: Verified<'targets'>;
  readonly delegation: DelegatedRole;
  /** The roles from `targets` down to the delegator. */
  readonly above: readonly RoleName[];
  /** Who speaks when an entry is found there. */
  readonly speaker: RoleName;
}

/**
 * The first entry for `path`, or undefined when fresh, verified metadata lacks it. Throws TrustError: `limit` when the search
 * stopped at its limit without an answer, `wrong-repository` for an entry that was signed for another, and whatever is wrong with a role
 * on the way: neither a bad role nor a bad entry is ever skipped.
 */
export function* findTarget(stage: TargetsTrusted, path: string, trusted: TrustedRoles, env: Env): Workflow<Target | undefined> {
  const found = yield* search(stage, path, trusted, env);
  if (found !== undefined) checkEntryOf(rootOf(stage).anchor.gun, path, found.entry);
  return found;
}

function* search(stage: TargetsTrusted, path: string, trusted: TrustedRoles, env: Env): Workflow<Target | undefined> {
  const speakers = env.dialect.speakers(stage.targets);
  if (speakers !== undefined) return yield* firstOf(speakers, stage, path, trusted, env);
  const top = targetIn(stage.targets, path, [], TARGETS);
  if (top !== undefined) return top;
  const visited = new Set<RoleName>();
  let waiting = stepsBelow(stage.targets, undefined, path, [TARGETS], TARGETS, env);
  for (;;) {
    const next = waiting.shift();
    if (next === undefined) return undefined;
    const { delegator, delegation, above, speaker } = next;
    if (visited.has(delegation.name)) continue;
    visited.add(delegation.name);
    if (visited.size > env.limits.delegatedRoles) {
      throw new TrustError(
        'limit',
        `${path.slice(0, 80)}: the search visited ${env.limits.delegatedRoles} delegated roles without an answer`,
      );
    }
    const targets = yield* delegatedTargets(stage, delegator, delegation, trusted, env);
    // A terminating delegation ends the whole search once what is below it was asked, for the siblings of every ancestor too.
    if (delegation.terminating) waiting = [];
    if (targets === undefined) continue;
    const found = targetIn(targets, path, above, speaker);
    if (found !== undefined) return found;
    const below = stepsBelow(targets, delegation, path, [...above, targets.name], speaker, env);
    waiting = env.dialect.search === 'depth-first' ? [...below, ...waiting] : [...waiting, ...below];
  }
}

/** Where some roles alone speak (Docker's reading of Notary), each of them is asked for itself, and nobody below it. */
function* firstOf(
  speakers: readonly RoleName[],
  stage: TargetsTrusted,
  path: string,
  trusted: TrustedRoles,
  env: Env,
): Workflow<Target | undefined> {
  const steps = stepsBelow(stage.targets, undefined, path, [TARGETS], TARGETS, env);
  for (const name of speakers) {
    const step = steps.find(({ delegation }) => delegation.name === name);
    const targets =
      name === TARGETS ? stage.targets : step && (yield* delegatedTargets(stage, step.delegator, step.delegation, trusted, env));
    const found = targets && targetIn(targets, path, name === TARGETS ? [] : [TARGETS], name);
    if (found !== undefined) return found;
  }
  return undefined;
}

function targetIn(targets: Verified<'targets'>, path: string, above: readonly RoleName[], role: RoleName): Target | undefined {
  const entry = targets.content.targets.get(path);
  return entry && { path, entry, chain: [...above, targets.name], role, signers: targets.signers };
}

/** The delegations that cover `path`: of bins just the one that its hash names, however many there are (TAP 15). */
function stepsBelow(
  delegator: Verified<'targets'>,
  own: DelegatedRole | undefined,
  path: string,
  above: readonly RoleName[],
  speaker: RoleName,
  { dialect, crypto }: Env,
): Step[] {
  const steps: Step[] = [];
  const bin = binOf(delegator.content, path, crypto);
  if (bin !== undefined) steps.push({ delegator, delegation: bin, above, speaker });
  for (const role of delegator.content.delegations?.roles ?? []) {
    const delegation = dialect.within(role, own);
    if (dialect.covers(delegation, path, crypto)) steps.push({ delegator, delegation, above, speaker: role.name });
  }
  return steps;
}

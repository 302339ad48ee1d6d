// One repository, judged as a client would judge it that has nothing but its name: every root signed by the one before it, the newest
// timestamp, snapshot and targets signed and named by each other, every delegated role held to its delegation, and the server's keys.
// Expiry does not count: old files are no damage, and what may be signed anew is signed when somebody reads it.
import {
  type Anchor,
  binsAmong,
  type Claim,
  claimsOf,
  type DelegatedRole,
  delegatedTargets,
  type Env,
  FormatError,
  isNeed,
  type Need,
  parseInstant,
  ROOT,
  type RoleName,
  refresh,
  roleOf,
  rootOf,
  SNAPSHOT,
  type TargetsTrusted,
  TIMESTAMP,
  TrustError,
  type TrustedRoles,
  usableKeys,
  type Verified,
  type Version,
  type Workflow,
} from '@countersign/core';
import type { HeadItem } from '@countersign/store';
import type { ServerKeyring } from '../server-keys.ts';
import { currentGeneration } from '../signing/signing-keys.ts';

/** A repository whose files are at hand. */
export interface Collected {
  readonly head: HeadItem;
  /** The bytes of a role's file in the line that the head stands in; without a version, the newest. */
  file(role: RoleName, version: Version | undefined): Uint8Array | undefined;
}

/** Before anything expires. */
const DAWN = parseInstant('1970-01-01T00:00:01Z', 'dawn');

export interface Checked {
  /** What is wrong with it, for people. */
  readonly findings: readonly string[];
  /** What its newest files must have claimed when they were published. */
  readonly claims: readonly Claim[];
}

/** `keyring` is absent where nobody has the master secret. */
export function checkRepository(collected: Collected, env: Omit<Env, 'now'>, keyring: ServerKeyring | undefined): Checked {
  const { repository, head } = collected.head;
  // The certificates of a Notary root have a beginning too, which is after any dawn.
  const early: Env = { ...env, now: DAWN, unsafeExpired: 'pass' };
  const anchor: Anchor = {
    gun: repository.gun,
    pins: [],
    minimum: {},
    otherwise: 'unsafe-first-use',
    binding: 'optional',
    wildcards: 'allow',
  };
  try {
    const stage = run(refresh(anchor, undefined, early), collected);
    const { findings, roles } = delegated(stage, collected, early);
    return {
      findings: [...listed(stage, collected), ...findings, ...serverKeys(stage, collected, keyring, early)],
      claims: owed(stage, roles, collected.head, early),
    };
  } catch (error) {
    return { findings: [`does not verify: ${wordsOf(error)} (head at record ${head.seq})`], claims: [] };
  }
}

function run<Result>(workflow: Workflow<Result>, { file }: Collected): Result {
  let step = workflow.next();
  while (step.done !== true) step = workflow.next(isNeed(step.value) ? answer(step.value, file) : undefined);
  return step.value;
}

const answer = ({ role, version, from }: Need, file: Collected['file']): Uint8Array | undefined =>
  from === 'cache' ? undefined : file(role, version);

// What a snapshot need not name. Those of Notary name their root all the same.
const ABOVE_THE_SNAPSHOT: ReadonlySet<RoleName> = new Set([ROOT, SNAPSHOT, TIMESTAMP]);

/** Every role that the snapshot names is the newest one that is stored, and the other way round. */
function listed(stage: TargetsTrusted, { head: { head } }: Collected): readonly string[] {
  const { meta } = stage.before.snapshot.content;
  const findings: string[] = [];
  for (const [role, { version }] of meta) {
    const newest = head.files.get(role);
    if (newest === undefined) findings.push(`the snapshot names ${role}, which is not stored`);
    else if (version !== undefined && version !== newest.version) {
      findings.push(`the snapshot names ${role} v${version}, the newest stored is v${newest.version}`);
    }
  }
  for (const role of head.files.keys()) {
    if (!ABOVE_THE_SNAPSHOT.has(role) && !meta.has(role))
      findings.push(`${role} is stored, and the snapshot does not name it: nobody reads it`);
  }
  return findings;
}

function owed(stage: TargetsTrusted, roles: readonly Verified<'targets'>[], { head }: HeadItem, env: Env): readonly Claim[] {
  const { root } = rootOf(stage);
  const { content } = root;
  // Asked of the root, so that nobody needs the master secret: where the server's key has a role, it alone has it.
  const named = [...head.generations.keys()].map((role) => [...usableKeys(roleOf(root, role), content.keys, env)]);
  const serverKeys = named.filter(({ length }) => length === 1).flat();
  return claimsOf([root, stage.targets, ...roles], serverKeys, env);
}

interface Delegated {
  readonly findings: readonly string[];
  readonly roles: readonly Verified<'targets'>[];
}

function delegated(stage: TargetsTrusted, collected: Collected, env: Env): Delegated {
  const findings: string[] = [];
  const opened: Verified<'targets'>[] = [];
  const trusted: TrustedRoles = new Map();
  const seen = new Set<string>();
  const below = (delegator: Verified<'targets'>): void => {
    const { roles = [], bins } = delegator.content.delegations ?? {};
    const named = bins === undefined ? roles : binsAmong(bins, stage.before.snapshot.content.meta.keys());
    for (const role of named) {
      const name = `${delegator.name} ${role.name}`;
      if (seen.has(name)) continue;
      seen.add(name);
      const found = open(stage, delegator, role, trusted, collected, env);
      if (typeof found === 'string') findings.push(found);
      else if (found !== undefined) {
        opened.push(found);
        below(found);
      }
    }
  };
  below(stage.targets);
  return { findings, roles: opened };
}

function open(
  stage: TargetsTrusted,
  delegator: Verified<'targets'>,
  role: DelegatedRole,
  trusted: TrustedRoles,
  collected: Collected,
  env: Env,
): Verified<'targets'> | string | undefined {
  try {
    return run(delegatedTargets(stage, delegator, role, trusted, env), collected);
  } catch (error) {
    return `${role.name}, to which ${delegator.name} delegates, does not verify: ${wordsOf(error)}`;
  }
}

/** Once a publish has named them, the server's keys must be those that follow from its secret: with others it could sign nothing. */
function serverKeys(stage: TargetsTrusted, { head: item }: Collected, keyring: ServerKeyring | undefined, env: Env): readonly string[] {
  if (keyring === undefined) return [];
  const { content } = rootOf(stage).root;
  return (['timestamp', 'snapshot'] as const).flatMap((role) => {
    if (!item.head.generations.has(role)) return [];
    const generation = currentGeneration(item.head, role);
    const { fingerprint } = keyring.signer(item.repository, role, generation).key;
    const keys = content.roles.get(role);
    if (keys !== undefined && usableKeys(keys, content.keys, env).has(fingerprint)) return [];
    return [`the root does not name this server's key of generation ${generation} for ${role}`];
  });
}

function wordsOf(error: unknown): string {
  if (error instanceof TrustError || error instanceof FormatError) return error.message;
  throw error;
}

// What a refreshed repository answers: searches, lists, and the facts behind them.
import {
  type Digest,
  FormatError,
  findTarget,
  isHex,
  parseDigest,
  pinOf,
  pinText,
  type RoleName,
  roleOf,
  rootOf,
  TARGETS,
  type Target,
  type TargetEntry,
  type TargetsTrusted,
  type TopLevelRole,
  TrustError,
  usableKeys,
  type Verified,
} from '@countersign/core';
import { binFacts, delegationFacts } from './delegation-facts.ts';
import type { Refreshed } from './refresh-repository.ts';
import type { DelegationFacts, ListedEntry, RoleFacts, TrustedRepository } from './repository.ts';
import { searchOrder } from './search-order.ts';
import { askedDelegations, type Place, walkDelegations } from './walk-delegations.ts';

export function trustedRepository(refreshed: Refreshed): TrustedRepository {
  const { gun, stage, env } = refreshed;
  const { root } = rootOf(stage);
  return {
    gun,
    ...identityOf(stage),
    pin: pinOf(root, env.crypto),
    roles: topLevelFacts(refreshed),
    record: stage.before.before.timestamp.content.binding?.record,
    find: (path) => findIn(refreshed, path),
    holders: (path) => holdersOf(refreshed, path),
    search: (path) => searchOrder(refreshed, path),
    usualRole: usualRole(refreshed),
    speakers: env.dialect.speakers(stage.targets),
    beside: (role) => env.dialect.beside(role, stage.targets),
    list: async () => {
      const { entries, problem } = await listEntries(refreshed, () => true);
      if (problem !== undefined) throw problem;
      return entries;
    },
    delegations: () => delegationsIn(refreshed),
  };
}

function usualRole({ stage, env: { dialect } }: Refreshed): RoleName {
  const stands = stage.targets.content.delegations?.roles.some(({ name }) => name === dialect.releases) === true;
  return stands ? dialect.releases : TARGETS;
}

/** Never derived from roots older than the pin: whoever held those keys may have been replaced. */
export function identityOf(stage: TargetsTrusted): { readonly identity: string | undefined; readonly bound: boolean } {
  const { root, anchor } = rootOf(stage);
  const repository = root.content.binding?.repository;
  const pin = anchor.pins.find((candidate) => candidate.by === 'digest');
  return { identity: repository ?? (pin && pinText(pin)), bound: repository !== undefined };
}

export function findIn({ stage, trusted, run }: Refreshed, path: string): Promise<Target | undefined> {
  return run((env) => findTarget(stage, path, trusted, env));
}

async function holdersOf(refreshed: Refreshed, path: string): Promise<readonly RoleName[]> {
  const { stage, env } = refreshed;
  const holds = (file: Verified<'targets'> | undefined): boolean => file?.content.targets.has(path) === true;
  const places = await askedDelegations(refreshed, { of: path });
  const asked = places.filter(({ role }) => env.dialect.covers(role, path, env.crypto));
  for (const { problem } of asked) if (problem !== undefined) throw problem;
  const below = asked.filter(({ targets }) => holds(targets)).map(({ bin, delegator, role }) => (bin ? delegator.name : role.name));
  const all = [...new Set(holds(stage.targets) ? [stage.targets.name, ...below] : below)];
  // Some roles alone are asked, in their own order: what only others hold is found by nobody, and comes last.
  const speakers = env.dialect.speakers(stage.targets) ?? all;
  return [...speakers.filter((role) => all.includes(role)), ...all.filter((role) => !speakers.includes(role))];
}

export interface Listing {
  readonly entries: readonly ListedEntry[];
  /** Why a role could not be read: entries that only it holds are absent. */
  readonly problem: Place['problem'];
}

/** Entries that `wanted` picks and that a search for their path finds; another role may shadow an entry, or not be asked for it. */
export async function listEntries(refreshed: Refreshed, wanted: (entry: TargetEntry) => boolean): Promise<Listing> {
  const places = await askedDelegations(refreshed, 'listed');
  const paths = new Set<string>();
  for (const file of [refreshed.stage.targets, ...places.map(({ targets }) => targets)]) {
    for (const [path, entry] of file?.content.targets ?? []) if (wanted(entry)) paths.add(path);
  }
  const { entries, problem } = await findAll(refreshed, paths);
  return {
    entries: entries.filter(({ entry }) => wanted(entry)).sort((one, other) => (one.path < other.path ? -1 : 1)),
    problem: problem ?? places.find((place) => place.problem !== undefined)?.problem,
  };
}

/** A role that cannot be read ends the searches that meet it, and no others. */
async function findAll(refreshed: Refreshed, paths: Iterable<string>): Promise<Listing> {
  const entries: ListedEntry[] = [];
  let problem: Place['problem'];
  for (const path of paths) {
    try {
      const found = await findIn(refreshed, path);
      if (found !== undefined) entries.push(listedEntry(found));
    } catch (error) {
      if (!(error instanceof TrustError || error instanceof FormatError)) throw error;
      problem ??= error;
    }
  }
  return { entries, problem };
}

function listedEntry({ path, entry, role, signers }: Target): ListedEntry {
  return { path, entry, digest: sha256Of(entry), role, signers };
}

/** The last role of a chain, which is never empty: the file that holds the entry, a bin included. */
export function holderOf(chain: Target['chain']): Target['chain'][number] {
  const holder = chain.at(-1);
  if (holder === undefined) throw new Error('a target without a role');
  return holder;
}

/** The sha256 digest of an entry, or undefined where it was signed with other hashes only. */
export function sha256Of(entry: TargetEntry): Digest | undefined {
  const hex = entry.hashes.get('sha256');
  return hex !== undefined && isHex(hex, 64) ? parseDigest(`sha256:${hex}`) : undefined;
}

function topLevelFacts({ stage, env }: Refreshed): Readonly<Record<TopLevelRole, RoleFacts>> {
  const { root } = rootOf(stage);
  const facts = (file: Verified): RoleFacts => {
    const role = roleOf(root, file.kind);
    return {
      role: file.name,
      version: file.content.version,
      expires: file.content.expires,
      signers: file.signers,
      threshold: role.threshold,
      keys: [...usableKeys(role, root.content.keys, env)],
    };
  };
  const { snapshot, before } = stage.before;
  return { root: facts(root), timestamp: facts(before.timestamp), snapshot: facts(snapshot), targets: facts(stage.targets) };
}

/** Bins are told as one: whoever wants to know who may sign would otherwise download every entry of the repository. */
async function delegationsIn(refreshed: Refreshed): Promise<readonly DelegationFacts[]> {
  const below = (file: Verified<'targets'> | undefined): readonly DelegationFacts[] => {
    const bins = file && binFacts(file, refreshed);
    return bins === undefined ? [] : [bins];
  };
  const places = await walkDelegations(refreshed, 'none');
  return [
    ...below(refreshed.stage.targets),
    ...places.flatMap((place) => [delegationFacts(place, refreshed.env), ...below(place.targets)]),
  ];
}

// A role whose names lie in hash bins (TAP 15): which file an entry belongs in, and what has to be signed when all of them are.
import {
  binOf,
  type Draft,
  draftBins,
  draftEntries,
  type Instant,
  isJsonObject,
  type JsonObject,
  type RoleKeys,
  type RoleName,
  type Verified,
} from '@countersign/core';
import type { EntriesChange } from './change.ts';
import { draftFirstFile } from './first-file.ts';
import type { Refreshed } from './refresh-repository.ts';
import type { Signatories, Step } from './sign-draft.ts';
import { type Standing, standingRole } from './standing.ts';
import { delegationsOf, openPlace } from './walk-delegations.ts';

/** Entries, and the one file in which every client looks for them. */
export interface Routed {
  readonly standing: Standing;
  readonly entries: EntriesChange['entries'];
}

export const hasBins = ({ file }: Pick<Standing, 'file'>): boolean => file?.content.delegations?.bins !== undefined;

/** Where the entries of a role go: to the role itself, or each to its bin. What the role holds itself is found before any bin, and stays there. */
export async function routeEntries(
  standing: Standing,
  entries: EntriesChange['entries'],
  repository: Refreshed,
): Promise<readonly Routed[]> {
  const { name, file } = standing;
  if (file === undefined || !hasBins(standing)) return [{ standing, entries }];
  const homes = new Map<RoleName, Map<string, ReturnType<(typeof entries)['get']>>>();
  for (const [path, entry] of entries) {
    const bin = file.content.targets.has(path) ? undefined : binOf(file.content, path, repository.env.crypto);
    const home = bin?.name ?? name;
    homes.set(home, (homes.get(home) ?? new Map()).set(path, entry));
  }
  const routed: Routed[] = [];
  for (const [home, own] of homes) routed.push({ standing: home === name ? standing : await standingRole(repository, home), entries: own });
  return routed;
}

/** The role and every bin of it, signed again. They expire together, so that the expiry of the role tells when the first of them does. */
export async function renewBins({ name, file, signatories }: Standing, repository: Refreshed, expires: Instant): Promise<readonly Step[]> {
  if (file === undefined) return [];
  const own = { draft: draftEntries(file, new Map(), expires, repository.env), needed: [signatories] };
  return [own, ...(await everyBin(name, file, repository, expires))];
}

/**
 * A role that gets other keys, and its bins with it; undefined where it has none, or where others sign them. Without this, whoever
 * lost the right to sign the role could go on signing every name in it.
 */
export async function rekeyBins(
  { name, file, place }: Standing,
  delegator: Draft<'targets'>,
  signatories: Signatories,
  repository: Refreshed,
  expires: Instant,
): Promise<readonly Step[] | undefined> {
  const { bins, keys = new Map() } = file?.content.delegations ?? {};
  if (file === undefined || place === undefined || bins === undefined || !isSame(bins, place.role)) return undefined;
  const { role: next } = signatories;
  if (isSame(bins, next) && next.keyids.every((keyid) => keys.has(keyid))) return undefined;
  const { bits, prefix } = bins;
  const ring = objectOf(objectOf(delegator.signed, 'delegations'), 'keys');
  const named = { keys: next.keyids.map((keyid) => ({ keyid, object: objectOf(ring, keyid) })), threshold: next.threshold };
  const draft = draftBins(file, { bits, prefix, keys: named }, expires, repository.env);
  return [{ draft, needed: [signatories] }, ...(await everyBin(name, file, repository, expires, signatories))];
}

const objectOf = (object: JsonObject, name: string): JsonObject => {
  const value = object.get(name);
  return isJsonObject(value) ? value : new Map();
};

const isSame = (one: RoleKeys, other: RoleKeys): boolean =>
  one.threshold === other.threshold &&
  one.keyids.length === other.keyids.length &&
  one.keyids.every((keyid) => other.keyids.includes(keyid));

async function everyBin(
  name: RoleName,
  file: Verified<'targets'>,
  repository: Refreshed,
  expires: Instant,
  signers?: Signatories,
): Promise<readonly Step[]> {
  const steps: Step[] = [];
  for (const delegation of delegationsOf(file, repository, 'listed')) {
    const { role, keys, targets, problem } = await openPlace(repository, delegation);
    if (problem !== undefined) throw problem;
    const draft =
      targets === undefined
        ? draftFirstFile(
            role.name,
            repository.stage.before.snapshot.content.meta.get(role.name)?.version ?? 0,
            new Map(),
            repository,
            expires,
          )
        : draftEntries(targets, new Map(), expires, repository.env);
    steps.push({ draft, needed: [signers ?? { role, keys }] });
  }
  if (steps.length === 0) throw new Error(`the snapshot lists no bin of ${name}`);
  return steps;
}

// Where a repository trusts one key, and what stands there on its word.
import {
  type BinDelegation,
  type Digest,
  type Fingerprint,
  type KeyRing,
  parseRoleName,
  ROOT,
  type RoleKeys,
  type RoleName,
  roleOf,
  rootOf,
  TARGETS,
  usableKeys,
  type Verified,
  type Version,
} from '@countersign/core';
import type { Refreshed } from './refresh-repository.ts';
import { sha256Of } from './trusted-repository.ts';
import type { Place } from './walk-delegations.ts';

/** A role that names a key. */
export interface KeyUse {
  readonly role: RoleName;
  /** Whose file says so: `root`, `targets`, or a delegated role. */
  readonly by: RoleName;
  /** Whether these are the hash bins of `by`, told as one: they go with it. */
  readonly bins: boolean;
  readonly threshold: number;
  /** All usable keys of the role. */
  readonly keys: readonly Fingerprint[];
  /** Whether the key signed the version that stands. */
  readonly signed: boolean;
  /** Every entry of that version, if it did: what a thief may have put there. A search may find another role first. */
  readonly entries: readonly { readonly path: string; readonly digest: Digest | undefined }[];
}

/** What a change of a key does, before anything is signed. */
export interface KeyPlan {
  /** Where the key was trusted, and what it had signed there. */
  readonly uses: readonly KeyUse[];
  /** Every role that gets its next version, and whose signatures that needs: each of `needs` must be met. Empty: nothing to do. */
  readonly touched: readonly TouchedRole[];
  /** Roles that need fewer signatures from now on than before. */
  readonly lowered: readonly { readonly role: RoleName; readonly threshold: number }[];
  /** Uses that this change leaves: in a root that was not to be touched, or of roles that the server signs. */
  readonly left: readonly KeyUse[];
}

export interface TouchedRole {
  readonly role: RoleName;
  readonly version: Version;
  readonly needs: readonly { readonly threshold: number; readonly keys: readonly Fingerprint[] }[];
}

/** Top-level roles first, then delegations in the order of a search. */
export function keyUses(key: Fingerprint, { stage, env }: Refreshed, places: readonly Place[]): readonly KeyUse[] {
  const { root } = rootOf(stage);
  const { snapshot, before } = stage.before;
  const use = (role: RoleName, by: RoleName, held: RoleKeys, ring: KeyRing, file: Pick<Verified, 'signers'> | undefined): KeyUse[] => {
    const keys = usableKeys(held, ring, env);
    if (!keys.has(key)) return [];
    const signed = file?.signers.includes(key) === true;
    return [{ role, by, bins: false, threshold: held.threshold, keys: [...keys], signed, entries: [] }];
  };
  const listing = (file: Verified<'targets'> | undefined) => (one: KeyUse) =>
    one.signed && file !== undefined ? { ...one, entries: entriesOf(file) } : one;
  const servers = [root, before.timestamp, snapshot].flatMap((file) =>
    use(file.name, ROOT, roleOf(root, file.kind), root.content.keys, file),
  );
  const { targets } = stage;
  const top = use(TARGETS, ROOT, roleOf(root, 'targets'), root.content.keys, targets).map(listing(targets));
  const roles = places.filter(({ bin }) => !bin);
  const below = roles.flatMap(({ role, delegator, keys, targets: file }) =>
    use(role.name, delegator.name, role, keys, file).map(listing(file)),
  );
  // Told as one, and found in the delegation itself: bins that were never written trust the key all the same.
  const inBins = [targets, ...roles.map(({ targets: file }) => file)].flatMap((file) => {
    const { bins, keys = new Map() } = file?.content.delegations ?? {};
    if (file === undefined || bins === undefined) return [];
    const files = places.flatMap((place) => (place.bin && place.delegator.name === file.name && place.targets ? [place.targets] : []));
    const signed = files.filter(({ signers }) => signers.includes(key));
    return use(binsName(bins), file.name, bins, keys, signed[0]).map((one) => ({ ...one, bins: true, entries: signed.flatMap(entriesOf) }));
  });
  return [...servers, ...top, ...below, ...inBins];
}

/** How the bins of a role are called where they are told as one. */
const binsName = ({ prefix }: BinDelegation): RoleName => parseRoleName(`${prefix}-*`);

const entriesOf = ({ content }: Verified<'targets'>): KeyUse['entries'] =>
  [...content.targets].map(([path, entry]) => ({ path, digest: sha256Of(entry) }));

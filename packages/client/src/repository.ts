// A repository as it stands after a refresh: what can be asked of it, and the facts that people are shown.
import type {
  Digest,
  Fingerprint,
  FormatError,
  Gun,
  Instant,
  RoleName,
  RootPin,
  Target,
  TargetEntry,
  TopLevelRole,
  TrustError,
  Version,
} from '@countersign/core';

/** A role and who stands behind it. */
export interface RoleFacts {
  readonly role: RoleName;
  readonly version: Version;
  readonly expires: Instant;
  /** How many distinct keys must sign. */
  readonly threshold: number;
  /** The usable keys of the role. */
  readonly keys: readonly Fingerprint[];
  /** The keys that signed this version. */
  readonly signers: readonly Fingerprint[];
}

/** Whoever holds a key, as the role calls them that delegates to it. A name proves nothing: the fingerprint is what counts. */
export interface Holder {
  readonly fingerprint: Fingerprint;
  readonly name: RoleName | undefined;
}

/** A delegation. `published` is undefined when the role has signed nothing yet, or when there is a problem. */
export interface DelegationFacts {
  readonly role: RoleName;
  readonly delegator: RoleName;
  readonly terminating: boolean;
  /** Patterns of the paths it may speak for; for hash prefixes, each ends in `…`. */
  readonly paths: readonly string[];
  /** Hash bins, told as one whose name ends in `-*`: 2^bits of them may be, so many are listed. Undefined for roles. */
  readonly bins: { readonly bits: number; readonly listed: number } | undefined;
  readonly threshold: number;
  readonly keys: readonly Fingerprint[];
  /** The same keys, with names. */
  readonly holders: readonly Holder[];
  readonly published: { readonly version: Version; readonly expires: Instant; readonly signers: readonly Fingerprint[] } | undefined;
  /** Why the role cannot be believed: expired, badly signed, missing. Verification that meets it fails. */
  readonly problem: TrustError | FormatError | undefined;
}

/** A role as a search for one name meets it. */
export interface SearchedRole extends DelegationFacts {
  /** Whether it has an entry for the name now. */
  readonly holds: boolean;
  /** False behind a role that ends the search: nobody sees what it says of the name. */
  readonly reached: boolean;
}

export interface SearchOrder {
  /** Whether `targets` itself has an entry: every search finds it before all others, or after all of them, as the dialect has it. */
  readonly inTargets: 'first' | 'last' | false;
  /** Every role that covers the name, in the order of the search; those that no search reaches come last. */
  readonly roles: readonly SearchedRole[];
}

/** An entry that a search for its path finds. */
export interface ListedEntry {
  readonly path: string;
  readonly entry: TargetEntry;
  /** The sha256 digest of the entry; undefined when it was signed with other hashes only. */
  readonly digest: Digest | undefined;
  readonly role: RoleName;
  readonly signers: readonly Fingerprint[];
}

/** Fresh when it was made; whoever keeps it must refresh again before believing it later. */
export interface TrustedRepository {
  readonly gun: Gun;
  /** See `Verdict.identity`. */
  readonly identity: string | undefined;
  readonly bound: boolean;
  /** The newest root, as a pin. */
  readonly pin: RootPin;
  readonly roles: Readonly<Record<TopLevelRole, RoleFacts>>;
  /** The newest publish record that the timestamp names. */
  readonly record: { readonly seq: number; readonly hash: string } | undefined;
  /** The entry that `path` stands for, as every client would find it. Throws TrustError when a role on the way is bad. */
  find(path: string): Promise<Target | undefined>;
  /**
   * Every role that has an entry for `path` and may be asked for it, in the order of the search: the first is the one that `find`
   * finds, and behind it are those that would be found if it were gone. Throws what is wrong with a role that cannot be read.
   */
  holders(path: string): Promise<readonly RoleName[]>;
  /** Who may sign `path`, and whose word counts first. Roles that cannot be read are in it, with their problem. */
  search(path: string): Promise<SearchOrder>;
  /** The role in which names are signed unless another is chosen: where tags live, or targets where there is no such role. */
  readonly usualRole: RoleName;
  /** The roles that a search asks, in its order, where some alone speak; undefined where it asks every role. */
  readonly speakers: readonly RoleName[] | undefined;
  /** Roles in which whoever signs in `role` says the same under their own name (Docker), where they have the keys. */
  beside(role: RoleName): readonly RoleName[];
  /** Every entry that a search finds, denials (`.revoked/…`) included, sorted by path. */
  list(): Promise<readonly ListedEntry[]>;
  /** Every delegation that can be reached, in the order of the search. Bins are not opened. */
  delegations(): Promise<readonly DelegationFacts[]>;
}

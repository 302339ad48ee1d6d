// What a publisher wants, as data: whoever loses a race against another publisher applies it again to the newer state.
import type {
  Fingerprint,
  Gun,
  Instant,
  KeySet,
  PublicKey,
  RepositoryId,
  RoleName,
  RootPin,
  SignerNames,
  TargetEntry,
  Version,
} from '@countersign/core';
import type { KeyPlan } from './key-use.ts';

/** A new repository: root, targets, and the delegated role `releases` in which tags live. */
export interface InitChange {
  readonly kind: 'init';
  readonly root: KeySet;
  readonly targets: KeySet;
  readonly releases: KeySet;
  /** Other names the repository may be asked for by, beside its own. */
  readonly otherNames?: readonly Gun[];
  /** What `releases` may speak for beside `*` and `.revoked/*`: collections of files add deeper patterns such as `team/*`. */
  readonly morePaths?: readonly string[];
  /** Spreads the names of `releases` over 2^binBits hash bins (TAP 15), 1 to 10: whoever verifies one of very many names reads one bin. */
  readonly binBits?: number;
}

/** Roles that stand, signed again with a fresh expiry in the same upload. Each needs its own keys among the signers. */
interface Renewing {
  readonly renew?: readonly RoleName[];
}

/** Entries of one role: each replaces what its path stood for, `undefined` removes it. An empty map only renews the signature. */
export interface EntriesChange extends Renewing {
  readonly kind: 'entries';
  readonly entries: ReadonlyMap<string, TargetEntry | undefined>;
  /** The role in which tags live, unless given. */
  readonly as?: RoleName;
  /** Roles that say the same in the same upload. Nobody finds a name there: they tell who signed it (Docker). */
  readonly also?: readonly RoleName[];
}

/**
 * Other keys for a role that people sign: a top-level one, or any delegated one by its name. The snapshot is one of those in the Notary
 * dialect alone; whoever publishes from then on must have its key (`ClientOptions.heldSigners`).
 */
export interface RotateChange extends Renewing {
  readonly kind: 'rotate';
  readonly role: 'root' | 'targets' | 'snapshot' | RoleName;
  readonly replacement: KeySet;
}

/** The next generation of a key that the server holds. */
export interface RotateServerKeyChange extends Renewing {
  readonly kind: 'rotate';
  readonly role: 'snapshot' | 'timestamp';
  readonly replacement: 'server';
}

/** A role below `targets`, added or replaced in its place. */
export interface DelegateChange extends Renewing {
  readonly kind: 'delegate';
  readonly role: RoleName;
  readonly keys: KeySet;
  readonly paths: readonly string[];
  readonly terminating: boolean;
  /** Names for some of the keys. */
  readonly signers?: SignerNames;
  /** The role that it goes before; a new one goes to the end without it. */
  readonly before?: RoleName;
}

/** A person or a machine that may sign in a role below `targets`, by name. What is left out stays as it is. */
export interface AddSignerChange extends Renewing {
  readonly kind: 'add-signer';
  readonly signer: RoleName;
  /** Undefined for somebody whose key is known by this name. */
  readonly key: PublicKey | undefined;
  /** Added where it is not there: for `*`, with a threshold of 1, at the end, and leaving roles behind it alone. */
  readonly role: RoleName;
  readonly paths?: readonly string[];
  readonly threshold?: number;
  readonly before?: RoleName;
  readonly terminating?: boolean;
}

/** Somebody who may sign no longer. A role whose last key this was goes with everything it signed. */
export interface RemoveSignerChange extends Renewing {
  readonly kind: 'remove-signer';
  readonly signer: RoleName;
  /** This role alone; without it, every role below `targets` that has the key. */
  readonly role?: RoleName;
  /** How many of those who stay must sign, where that changes. */
  readonly threshold?: number;
}

/** A role below `targets`, taken away with everything it signed. */
export interface UndelegateChange extends Renewing {
  readonly kind: 'undelegate';
  readonly role: RoleName;
}

/** Nothing but a fresh expiry, for these roles. */
export interface RenewChange {
  readonly kind: 'renew';
  readonly renew: readonly RoleName[];
}

export type SignerChange = AddSignerChange | RemoveSignerChange;

/** What holds for every change of one key: it is found by what it is, wherever the repository trusts it. Thresholds stay. */
interface OneKey extends Renewing {
  readonly old: Fingerprint;
  /** `leave`: whatever the root says stays, and is told as left. `include`: the root that names the key is signed anew too. */
  readonly root: 'leave' | 'include';
  /** This role alone, in place of all. */
  readonly in?: RoleName | undefined;
}

/** Another key in place of one. */
export interface ReplaceKeyChange extends OneKey {
  readonly kind: 'replace-key';
  readonly next: PublicKey;
  /** The same key as root holds it, where that has another form of keys: a publish makes it. */
  readonly nextInRoot?: PublicKey;
}

/** A key taken away. A role that would be left with too few keys refuses all of it, unless its lower threshold is named. */
export interface RevokeKeyChange extends OneKey {
  readonly kind: 'revoke-key';
  /** Of roles that must name the key. */
  readonly thresholds?: ReadonlyMap<RoleName, number>;
  /**
   * The same for many repositories, in which one name may mean different roles: it counts where the role would be left with too few keys,
   * and nowhere else.
   */
  readonly thresholdsWhereTooFew?: ReadonlyMap<RoleName, number>;
}

/** Who holds root and targets, for a proposal that people sign apart. Roles that are not named stay as they are. */
export interface CeremonyChange extends Renewing {
  readonly kind: 'ceremony';
  readonly roles: readonly {
    readonly role: 'root' | 'targets';
    /** All keys from now on, in their order: those that stand by their fingerprints, and new ones. */
    readonly keys: readonly (PublicKey | Fingerprint)[];
    readonly threshold: number;
  }[];
  /** Of the root; the usual lifetime where it is not named. */
  readonly expires?: Instant;
}

export type KeyChange = ReplaceKeyChange | RevokeKeyChange;

export type PublishChange =
  | InitChange
  | EntriesChange
  | RotateChange
  | RotateServerKeyChange
  | DelegateChange
  | SignerChange
  | UndelegateChange
  | KeyChange
  | CeremonyChange
  | RenewChange;

/** Every change but the first: that one has nothing to stand on. */
export type LaterChange = Exclude<PublishChange, InitChange>;

/** What stands on the server now. */
export interface Published {
  readonly gun: Gun;
  readonly repository: RepositoryId | undefined;
  /** What was uploaded; empty when a key was to go that is trusted nowhere. */
  readonly versions: ReadonlyMap<RoleName, Version>;
  /** The newest root, as a pin; after `init` it is what consumers must be told. */
  readonly pin: RootPin;
  /** For a change of a key: where it was trusted, what it had signed, and what is left. */
  readonly key?: KeyPlan;
}

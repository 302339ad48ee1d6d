// The four kinds of metadata as Countersign thinks of them, free of any dialect's spelling (TUF 1.0.34 §4).
// `signed` keeps the raw tree, so that unknown members take part in signatures and survive every edit.
import type { KeySpelling } from '../crypto/port.ts';
import type { JsonObject } from '../json/value.ts';
import type { Fingerprint, Gun, Instant, KeyId, RepositoryId, RoleName, Version } from '../names/brand.ts';

export type TopLevelRole = 'root' | 'timestamp' | 'snapshot' | 'targets';
/** The kind of a file. A delegated role is of kind `targets` and has a name of its own. */
export type RoleKind = TopLevelRole;

export type KeyRing = ReadonlyMap<KeyId, KeySpelling>;

/** Which keys sign a role, and how many of them must. */
export interface RoleKeys {
  readonly keyids: readonly KeyId[];
  readonly threshold: number;
}

/** A position in a repository's publish record, as a timestamp of ours names it. */
export interface RecordHead {
  readonly seq: number;
  readonly hash: string;
}

/** What people call the holder of a key: one name for a key, and one key for a name. */
export type SignerNames = ReadonlyMap<Fingerprint, RoleName>;

/**
 * The signed member `x-countersign`, which binds a file to its repository. TUF metadata does not name its repository:
 * without this, a file signed by a key that two repositories share is accepted in both.
 */
export interface Binding {
  readonly repository: RepositoryId;
  /** In a root: the names this repository may be asked for by. */
  readonly names?: readonly Gun[];
  /**
   * In targets and delegated roles: the name its signers were asked for. Whoever owns a repository may write another one's id into
   * its root; the name is the signers' own word, so what they sign there is of no use elsewhere.
   */
  readonly name?: Gun;
  /**
   * In targets and delegated roles: which of them this is. They are all of one kind, and where one key signs two of them, nothing else
   * in a file tells which it was signed as.
   */
  readonly role?: RoleName;
  /**
   * In targets and delegated roles: what people call the keys that they delegate to. Names are for people: they prove nothing, and no
   * threshold counts them. They stand here because members of a key object would change its key id.
   */
  readonly signers?: SignerNames;
  /** In a timestamp: the newest publish record. */
  readonly record?: RecordHead;
}

interface CommonContent {
  readonly version: Version;
  readonly expires: Instant;
  readonly binding: Binding | undefined;
}

export interface RootContent extends CommonContent {
  readonly consistentSnapshot: boolean;
  readonly keys: KeyRing;
  readonly roles: ReadonlyMap<TopLevelRole, RoleKeys>;
}

/** Algorithm name to lower-case hexadecimal digest, as signed. Unknown algorithms are kept, and never match. */
export type Hashes = ReadonlyMap<string, string>;

/** What one file says of another: its version or its exact bytes, or both. */
export interface MetaFile {
  readonly version?: Version;
  readonly length?: number;
  readonly hashes?: Hashes;
}

export interface TimestampContent extends CommonContent {
  readonly snapshot: MetaFile;
}

export interface SnapshotContent extends CommonContent {
  readonly meta: ReadonlyMap<RoleName, MetaFile>;
}

/** A signed entry: what a name stands for. */
export interface TargetEntry {
  readonly length: number;
  readonly hashes: Hashes;
  readonly custom: JsonObject | undefined;
}

export interface DelegatedRole extends RoleKeys {
  readonly name: RoleName;
  readonly terminating: boolean;
  readonly scope:
    | { readonly by: 'paths'; readonly patterns: readonly string[] }
    | { readonly by: 'hash'; readonly prefixes: readonly string[] };
}

/** Hash bins (TAP 15), `succinct_roles` on the wire: the same keys sign every one of them. */
export interface BinDelegation extends RoleKeys {
  /** 1 to 32. */
  readonly bits: number;
  /** A bin is called `PREFIX-HEX`. */
  readonly prefix: string;
}

export interface Delegations {
  readonly keys: KeyRing;
  /** In the order of a search; empty where there are bins. */
  readonly roles: readonly DelegatedRole[];
  readonly bins: BinDelegation | undefined;
}

export interface TargetsContent extends CommonContent {
  readonly targets: ReadonlyMap<string, TargetEntry>;
  readonly delegations: Delegations | undefined;
}

export interface ContentByKind {
  readonly root: RootContent;
  readonly timestamp: TimestampContent;
  readonly snapshot: SnapshotContent;
  readonly targets: TargetsContent;
}

/** One signature as it arrived. `bytes` is undefined where the text cannot be read: it counts zero. */
export interface Signature {
  readonly keyid: KeyId;
  readonly bytes: Uint8Array | undefined;
}

/** Metadata that is well formed and believed by nobody. */
export interface Parsed<Kind extends RoleKind = RoleKind> {
  readonly kind: Kind;
  readonly name: RoleName;
  readonly content: ContentByKind[Kind];
  /** The raw tree of `signed`. */
  readonly signed: JsonObject;
  /** The canonical bytes that signatures cover. */
  readonly signedBytes: Uint8Array;
  readonly signatures: readonly Signature[];
  /** The exact bytes that arrived. */
  readonly file: Uint8Array;
}

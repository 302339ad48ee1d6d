// What differs between TUF 1.0 and Notary v1. Everything outside this room is free of either.
import type { Cryptography, KeySpelling } from '../crypto/port.ts';
import type { JsonObject, JsonValue } from '../json/value.ts';
import type { Limits } from '../model/limits.ts';
import type {
  BinDelegation,
  Binding,
  DelegatedRole,
  Hashes,
  MetaFile,
  Parsed,
  RoleKeys,
  RoleKind,
  SignerNames,
  TargetEntry,
  TopLevelRole,
} from '../model/metadata.ts';
import type { Gun, Instant, KeyId, RoleName, Version } from '../names/brand.ts';

/** A signature ready to be written into a file. */
export interface NewSignature {
  readonly keyid: KeyId;
  /** The key's scheme as the cryptography port calls it: a dialect may write the bytes of each kind in a form of its own. */
  readonly scheme: string;
  /** As the port verifies them. */
  readonly bytes: Uint8Array;
}

/** How a file is named on a server, given what is known of it. */
export interface FileAddress {
  readonly role: RoleName;
  readonly version: Version | undefined;
  readonly hashes?: Hashes | undefined;
  readonly consistent: boolean;
}

/** Whose root is asked about, and when. */
export interface RootAsked {
  readonly gun: Gun;
  /** Undefined for a root that is only a step to a newer one: it may have run out of time. */
  readonly now: Instant | undefined;
  /** Whether a name that ends in `*` may speak for every name that begins like it: policy has to say so. */
  readonly wildcards: 'refuse' | 'allow';
}

export interface Dialect {
  readonly name: 'tuf' | 'notary';
  /** Reads the name of a repository, as wide as this dialect has them. Throws FormatError `invalid-name`. */
  parseGun(text: string): Gun;
  /** Where the files of a repository are below a server's URL: a relative path that ends in `/`. */
  home(gun: Gun): string;
  /** Where a server of this dialect tells what was published when, below its URL; undefined where signed records do. */
  changefeed(gun: Gun): string | undefined;
  /** The role in which tags live. */
  readonly releases: RoleName;
  /** Whether files may say which repository they belong to. Where none can (Notary), only policy asks for it. */
  readonly binds: boolean;

  /** Reads a file of `kind`. Throws FormatError. `name` differs from `kind` for delegated roles only. */
  parse<Kind extends RoleKind>(kind: Kind, name: RoleName, file: Uint8Array, env: ParseEnv): Parsed<Kind>;
  /** The bytes that signatures cover. */
  canonical(signed: JsonObject): Uint8Array;
  /** The bytes of a signed file. */
  file(signed: JsonObject, signatures: readonly NewSignature[]): Uint8Array;
  /** The path of a file below the metadata base URL. */
  path(address: FileAddress): string;

  /** Key id of a key object, as this dialect computes it. */
  keyId(key: JsonObject, crypto: Cryptography): KeyId;
  /** How metadata holds a key, and calls it. Throws FormatError for kinds of keys that this dialect does not know. */
  spellKey(key: KeySpelling, crypto: Cryptography): { readonly keyid: KeyId; readonly object: JsonObject };
  /** A key object as the cryptography port takes it: the inverse of `spellKey`. Throws FormatError `malformed`. */
  readKey(key: JsonObject, crypto: Cryptography): KeySpelling;
  /**
   * The delegated role that people mean by a name, which they may shorten where the dialect has one beginning for all of them; narrower
   * than what files may hold. Throws FormatError `invalid-name`.
   */
  roleCalled(text: string): RoleName;
  /** The kind of key that every reader of this dialect verifies: new keys are of it. */
  readonly newKeys: 'ed25519' | 'ecdsa-p256';
  /** What people call the holders of the keys that a file delegates to; undefined where it has no place for names. */
  signerNames(targets: Parsed<'targets'>, crypto: Cryptography): SignerNames | undefined;
  /** Whether a version of a file of this kind may follow another. */
  mayFollow(kind: RoleKind, previous: Version | undefined, next: Version): boolean;
  /** Whether a root says that files are asked for by version or hash. */
  readonly consistentSnapshot: boolean;
  /** Whether a snapshot also says which root it belongs with. */
  readonly snapshotNamesRoot: boolean;
  /** Whether a role whose delegation was taken away may leave the snapshot. */
  readonly rolesMayLeave: boolean;

  /** The names of repositories that a root says it speaks for; undefined where it says none. */
  rootNames(root: Parsed<'root'>): readonly string[] | undefined;
  /** The keys that count for this root as signers of roots. Throws TrustError `wrong-repository` or `expired` when none of them does. */
  rootSigners(root: Parsed<'root'>, asked: RootAsked): RoleKeys;

  /** Whether a delegation can say anything at all. */
  speaks(role: DelegatedRole): boolean;
  /** Whether a delegation covers a path. */
  covers(role: DelegatedRole, path: string, crypto: Cryptography): boolean;
  /** A delegation as far as the one above it reaches: what it covers beyond that, it was never given. */
  within(role: DelegatedRole, above: DelegatedRole | undefined): DelegatedRole;
  /** Whether the roles below a role are asked before its neighbours, or after them. */
  readonly search: 'depth-first' | 'breadth-first';
  /** The roles that alone speak in this repository, in their order; undefined where every role that is found does. */
  speakers(targets: Parsed<'targets'>): readonly RoleName[] | undefined;

  /** The roles in which whoever signs in `role` says the same under their own name (Docker), where they have the keys. */
  beside(role: RoleName, targets: Parsed<'targets'>): readonly RoleName[];

  /** Members that every signed file of `kind` starts with. */
  header(kind: RoleKind, version: Version, expires: Instant, binding: Binding | undefined): JsonObject;
  metaFile(meta: MetaFile): JsonValue;
  metaName(role: RoleName): string;
  entry(entry: TargetEntry): JsonValue;
  roleKeys(role: RoleKeys): JsonValue;
  delegatedRole(role: DelegatedRole): JsonValue;
  /** The member `delegations` of targets that delegate to nobody; undefined where it is left out. */
  readonly noDelegations: JsonObject | undefined;
  /** The member of `delegations` that stands for bins: its name and its value. */
  bins(bins: BinDelegation): readonly [string, JsonValue];
  rootRoles(roles: ReadonlyMap<TopLevelRole, RoleKeys>): JsonValue;
}

/** What reading needs: limits, and digests for key ids. */
export interface ParseEnv {
  readonly limits: Limits;
  readonly crypto: Cryptography;
}

/** Everything core takes from outside, in one required argument. `now` is fixed once for a whole refresh (TUF 1.0.34 §5.1). */
export interface Env extends ParseEnv {
  readonly now: Instant;
  readonly dialect: Dialect;
  /** Whether what has run out may be read: for a publisher who is about to sign it anew, and for nobody who verifies. */
  readonly unsafeExpired?: 'pass' | undefined;
}

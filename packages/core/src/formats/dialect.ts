// What differs between TUF 1.0 and Notary v1. Everything outside this room is free of either.
import type { Cryptography } from '../crypto/port.ts';
import type { JsonObject, JsonValue } from '../json/value.ts';
import type { Limits } from '../model/limits.ts';
import type {
  BinDelegation,
  Binding,
  DelegatedRole,
  MetaFile,
  Parsed,
  RoleKeys,
  RoleKind,
  TargetEntry,
  TopLevelRole,
} from '../model/metadata.ts';
import type { Instant, KeyId, RoleName, Version } from '../names/brand.ts';

/** A signature ready to be written into a file. */
export interface NewSignature {
  readonly keyid: KeyId;
  readonly bytes: Uint8Array;
}

/** How a file is named on a server, given what is known of it. */
export interface FileAddress {
  readonly role: RoleName;
  readonly version: Version | undefined;
  readonly consistent: boolean;
}

export interface Dialect {
  readonly name: 'tuf' | 'notary';

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
  /** Whether a version may follow another. */
  mayFollow(previous: Version | undefined, next: Version): boolean;
  /** Whether a delegation covers a path. */
  covers(role: DelegatedRole, path: string, crypto: Cryptography): boolean;

  /** Members that every signed file of `kind` starts with. */
  header(kind: RoleKind, version: Version, expires: Instant, binding: Binding | undefined): JsonObject;
  metaFile(meta: MetaFile): JsonValue;
  metaName(role: RoleName): string;
  entry(entry: TargetEntry): JsonValue;
  roleKeys(role: RoleKeys): JsonValue;
  delegatedRole(role: DelegatedRole): JsonValue;
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
}

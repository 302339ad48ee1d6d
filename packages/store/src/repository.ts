// What a repository is made of, and what a commit changes in it. The port in `store.ts` says what becomes of these.
import type { Digest, Gun, RoleName, Version } from '@countersign/core';
import type { DialectName } from './dialect-name.ts';
import type { RecordDraft } from './record/record.ts';

/** A repository is a GUN in one dialect: the same GUN in the other dialect is another repository. */
export interface RepositoryRef {
  readonly gun: Gun;
  readonly dialect: DialectName;
}

declare const revision: unique symbol;
/** Rises by one with every commit of a repository and never repeats. Only a store makes one. */
export type Revision = number & { readonly [revision]: true };

/** The server-held roles whose keys have generations. */
export type ServerRole = 'snapshot' | 'timestamp';

/** The newest file of a role. */
export interface HeadFile {
  readonly role: RoleName;
  readonly version: Version;
  /** SHA-256 of the stored bytes. */
  readonly digest: Digest;
  /** In bytes. */
  readonly length: number;
}

/** A repository as one commit left it. It never changes: the next commit makes another. */
export interface Head {
  readonly revision: Revision;
  /** Of the last record; 0 before the first. */
  readonly seq: number;
  /** Hex SHA-256 of 0x00 and the last record's bytes; '' before the first. */
  readonly recordHash: string;
  /** The file of the highest version of each role that is not retired. A tombstone keeps them, though `file` no longer serves them. */
  readonly files: ReadonlyMap<RoleName, HeadFile>;
  readonly deleted: boolean;
  /** The current generation of each server-held key; a role is absent until a commit names its generation. */
  readonly generations: ReadonlyMap<ServerRole, number>;
  /** Drafts that wait for signatures: the digest of each draft's `signed`, at most one for a role. */
  readonly pending: ReadonlyMap<RoleName, Digest>;
}

/** A metadata file to keep. `digest` must be the SHA-256 of `bytes`. */
export interface NewFile {
  readonly role: RoleName;
  readonly version: Version;
  readonly bytes: Uint8Array;
  readonly digest: Digest;
}

/**
 * Something that belongs to the first GUN that commits it, for ever and across deletes: a digest of `signed` of a root, of
 * targets or of a delegated role, or a server's key. It stops metadata of one repository from being replayed in another.
 */
export interface Claim {
  /** `root`, `targets`, `delegated`, `server-key`; lower-case letters and hyphens. */
  readonly kind: string;
  /** Lower-case hexadecimal digits. */
  readonly digest: string;
}

/** A draft that waits for more signatures. It is never served as metadata; what `bytes` says is its writer's affair. */
export interface PendingDraft {
  readonly role: RoleName;
  /** SHA-256 of the canonical `signed` that people are asked to sign. */
  readonly signed: Digest;
  readonly bytes: Uint8Array;
}

/** What one commit changes. The store keeps references to the bytes until the commit settles: do not write into them. */
export interface Change {
  /** Several versions of one role are welcome (an import); the highest becomes the head's. */
  readonly files: readonly NewFile[];
  /** From `draftRecord`. Absent for a timestamp refresh and for drafts, which write no record. */
  readonly record?: RecordDraft;
  readonly claims: readonly Claim[];
  /** Roles named here get this generation; the others keep theirs. */
  readonly generations?: ReadonlyMap<ServerRole, number>;
  /** `true` makes a tombstone and drops all drafts, `false` lifts it, absent leaves it as it is. */
  readonly deleted?: boolean;
  /**
   * Starts a new life of a deleted repository: its earlier files leave the head and are never served again, so that versions
   * may be used anew. `seq`, the record chain, generations and claims continue. Only for a tombstone; needs `deleted: false`.
   */
  readonly reset?: true;
  /**
   * Delegated roles that leave the head because no delegation leads to them any more, and with them their drafts. Their files are
   * still answered by digest, for readers of an older state, and no longer by version: a later file of such a name starts over, from
   * any version. Naming a role without a file is allowed; a top-level role, or one with a file or a draft in this change, is not.
   */
  readonly retired?: readonly RoleName[];
  /** Drafts to keep, each in place of an earlier one of its role. */
  readonly pending?: readonly PendingDraft[];
  /** Roles whose draft is dropped, because it was published or withdrawn. Naming a role without a draft is allowed. */
  readonly dropPending?: readonly RoleName[];
}

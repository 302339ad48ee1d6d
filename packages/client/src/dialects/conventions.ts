// What a publisher does otherwise in repositories of one dialect than of another: what a new one begins with, how keys and entries stand
// in its files, and what goes up with them. How files are read and written is the dialect's own affair (core); everything else that
// publishes is free of either.
import type { Gun, RepositoryId, RoleName, Signer } from '@countersign/core';
import type { AddSignerChange, InitChange, LaterChange } from '../change.ts';
import type { Refreshed } from '../refresh-repository.ts';
import type { Step } from '../sign-draft.ts';
import type { SignedFile, SignedSnapshot } from '../upload.ts';
import type { World } from '../world.ts';

/** For whom something is signed, and by whom. */
export interface Signing {
  readonly gun: Gun;
  readonly signers: readonly Signer[];
}

/** The files of a new repository, and its id where it has one. */
export interface Beginning {
  readonly steps: readonly Step[];
  readonly repository: RepositoryId | undefined;
}

export interface Conventions {
  /** Throws PublishError: `not-in-dialect` for what such a repository has no place for, `missing-keys`; and what asking for keys throws. */
  begin(change: InitChange, signing: Signing, world: World): Promise<Beginning>;
  /**
   * The change, with its keys and entries as files of this dialect hold them. `signing` is undefined for a plan that nobody is going to
   * sign: some forms of a key only its owner can make. Throws PublishError like `begin`.
   */
  spell<Change extends LaterChange>(change: Change, signing: Signing | undefined, gun: Gun, world: World): Promise<Change>;
  /** The roles that get the key of a new signer, the one that is named for it first. */
  signerRoles(change: AddSignerChange): readonly RoleName[];
  /** The pattern of a role that may sign every name without a slash at least. */
  readonly everyName: string;
  /** Of which roles the server's keys change together, when that of `role` does. */
  serverRoles(role: 'snapshot' | 'timestamp', repository: Refreshed, world: World): Promise<readonly ('snapshot' | 'timestamp')[]>;
  /** The version of `role` that was published last, in the server's word, for one that no fresh file lists; 0 where there is none. */
  pastVersion(role: RoleName, repository: Refreshed, world: World): Promise<number>;
  /** The snapshot that goes up with these files, where publishers sign it; undefined where the server does. Throws PublishError. */
  snapshot(
    files: readonly SignedFile[],
    repository: Refreshed,
    signers: readonly Signer[],
    world: World,
  ): Promise<SignedSnapshot | undefined>;
  /** Whether drafts can wait for more signatures. */
  readonly keepsDrafts: boolean;
}

// What a review of an import is given and what it answers with: a repository of Notary, every version of it, as another server kept it.
import type { Digest, Fingerprint, Gun, RoleName, Version } from '../../names/brand.ts';
import type { RootPin } from '../../trust/anchor.ts';
import type { Sealed } from '../draft.ts';
import type { Claim, ReviewAnswer, ReviewHead, ReviewNeed } from '../plan.ts';

/** A file as it was found elsewhere, under the role and the version that it was asked for. */
export interface ImportFile {
  readonly role: RoleName;
  readonly version: Version;
  readonly bytes: Uint8Array;
}

/**
 * The owner's pin, the old server's word, or both: a pin speaks of its own version and of later ones. Signatures lie outside of what a pin
 * covers, so whoever keeps the files can put roots of their own before the pinned one.
 */
export interface ImportTrust {
  readonly pin: RootPin | undefined;
  /** What is believed of roots that no pin speaks of. */
  readonly unpinned: 'refuse' | 'unsafe-trust';
}

export interface ImportOffer {
  readonly gun: Gun;
  readonly files: readonly ImportFile[];
  /** Whose word the first root is taken on. */
  readonly trust: ImportTrust;
  /** `more`: other parts follow, and nothing is served before the last one. */
  readonly part: 'more' | 'last';
}

/** A head, and whether it is an import that was begun: then its tombstone stands for what is still to come. */
export interface ImportHead extends ReviewHead {
  readonly begun: boolean;
}

/** As a review's; `kept` is answered with the bytes of this digest, whatever version they have, or `undefined`. */
export type ImportNeed = ReviewNeed | { readonly need: 'kept'; readonly role: RoleName; readonly digest: Digest };

export type ImportReview<Result> = Generator<ImportNeed, Result, ReviewAnswer>;

/** A file that is not taken. What is served does not need it; otherwise the whole import is refused. */
export interface LeftOut {
  readonly role: RoleName;
  readonly version: Version;
  readonly code: string;
  readonly why: string;
}

export interface ImportPlan {
  /** What is not stored yet. */
  readonly files: readonly Sealed[];
  readonly repeated: number;
  readonly leftOut: readonly LeftOut[];
  readonly claims: readonly Claim[];
  /** Roles that no delegation leads to any more: they leave the head once everything is stored. Empty before the last part. */
  readonly retired: readonly RoleName[];
  /** The generations of this server's own keys that the newest root names: usually none. */
  readonly generations: { readonly snapshot?: number; readonly timestamp?: number };
  readonly signers: readonly Fingerprint[];
}

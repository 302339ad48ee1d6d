// What the judgement of a waiting draft is given and what it answers with. The service answers needs and keeps the plan's file.
import type { Digest, Fingerprint, Gun, RoleName, Version } from '../names/brand.ts';
import type { ReviewAnswer, ReviewNeed } from './plan.ts';

/** A metadata file with the signatures it has so far. */
export interface Offer {
  readonly gun: Gun;
  readonly role: RoleName;
  readonly file: Uint8Array;
  /** The roles of which a draft is kept that still follows what stands. */
  readonly drafts: ReadonlySet<RoleName>;
}

/** `draft` is answered with the file of a kept draft. */
export type PendingNeed = ReviewNeed | { readonly need: 'draft'; readonly role: RoleName };
export type PendingReview<Result> = Generator<PendingNeed, Result, ReviewAnswer>;

/** What to keep, bound to (role, version, previous digest). */
export interface PendingPlan {
  readonly role: RoleName;
  readonly version: Version;
  /** The file that the draft follows; undefined for the first of its role. */
  readonly previous: Digest | undefined;
  /** SHA-256 of the canonical `signed`. */
  readonly signed: Digest;
  /** The file with every valid signature that is known. */
  readonly file: Uint8Array;
  /** Whose signatures those are. */
  readonly signers: readonly Fingerprint[];
  /** Whether a draft with this `signed` was kept before: its time goes on. */
  readonly goesOn: boolean;
}

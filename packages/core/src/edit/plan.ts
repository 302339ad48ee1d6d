// What a review is given and what it answers with. The service answers needs, executes the plan, and judges nothing itself.
import type { Parsed, RecordHead } from '../model/metadata.ts';
import type { Digest, Fingerprint, Gun, RoleName, Version } from '../names/brand.ts';
import type { Verified } from '../verify/verify-signed.ts';
import type { Draft, Sealed } from './draft.ts';
import type { Lifetimes } from './online.ts';

/** What a store knows of a repository. A deleted one keeps its versions. */
export interface ReviewHead {
  readonly files: ReadonlyMap<RoleName, { readonly version: Version; readonly digest: Digest }>;
  readonly deleted: boolean;
  /** Of who keeps no store, and was told that the name begins anew: what its publishers' files follow is the store's to say. */
  readonly versions?: 'elsewhere';
}

export interface Upload {
  readonly gun: Gun;
  readonly parts: ReadonlyMap<RoleName, Uint8Array>;
  /** An administrator's word that a deleted repository may start over without its old root. */
  readonly recreate: boolean;
}

/** A key of the server for one role of one repository. A generation becomes current with the first publish that names it. */
export interface ServerKey {
  readonly generation: number;
  readonly fingerprint: Fingerprint;
}

/** The keys that this repository's root may name for the roles a server signs: the current generation and the next. */
export interface ServerKeys {
  readonly snapshot: readonly ServerKey[];
  readonly timestamp: readonly ServerKey[];
}

export interface ReviewRules {
  readonly serverKeys: ServerKeys;
  readonly lifetimes: Lifetimes;
  /** The snapshot version that was signed last, where nobody has that snapshot any more: it is left out. */
  readonly snapshotAfter?: Version | undefined;
}

/** The first repository that published something owns it for ever: the same bytes under another name are refused. */
export interface Claim {
  readonly kind: 'root' | 'targets' | 'delegated' | 'server-key' | 'repository';
  /** SHA-256 of `signed`, the fingerprint of a server key, or the id of a repository, in hex. */
  readonly digest: string;
}

/** `stored` asks for the bytes of a file, `claimants` to whom each of these claims belongs. */
export type ReviewNeed =
  | { readonly need: 'stored'; readonly role: RoleName; readonly version: Version }
  | { readonly need: 'claimants'; readonly claims: readonly Claim[] };

/** The bytes, or `undefined` when there are none; the GUNs in the order of the claims, `undefined` for one that is free. */
export type ReviewAnswer = Uint8Array | undefined | readonly (Gun | undefined)[];

export type Review<Result> = Generator<ReviewNeed, Result, ReviewAnswer>;

/** A role as it will stand after the publish, and whether this upload brought it. */
export interface Standing<Kind extends 'root' | 'targets'> {
  readonly file: Verified<Kind>;
  readonly arrived: boolean;
}

/** What to store, and what to sign in which order: the snapshot, then (naming it and the record) the timestamp. */
export interface Plan<Snapshot extends Draft<'snapshot'> | Sealed = Draft<'snapshot'> | Sealed> {
  readonly kind: 'publish' | 'root';
  readonly files: readonly Sealed[];
  readonly root: Parsed<'root'>;
  readonly targets: Parsed<'targets'>;
  /** A draft that the server signs; sealed where the publisher holds its key, as Notary's may. */
  readonly snapshot: Snapshot;
  timestamp(snapshot: Sealed, record: RecordHead): Draft<'timestamp'>;
  readonly claims: readonly Claim[];
  /** The server's keys that the root names. `snapshot` is absent where the publisher holds that key. */
  readonly generations: { readonly snapshot?: number; readonly timestamp: number };
  /** Roles that no delegation leads to any more: they leave the head, and may begin anew. */
  readonly retired: readonly RoleName[];
  /** The keys that signed what was uploaded. */
  readonly signers: readonly Fingerprint[];
}

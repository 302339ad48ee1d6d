// Who signs timestamps and snapshots, and what they are shown for it. There are two: the keys of this process, which sign what this server
// decides, and a signing service, which judges once more. Nobody else in this server knows which of them it talks to.
import type { Digest, Draft, PublicKey, RoleName, ServerKeys } from '@countersign/core';
import type { Thread } from '@countersign/signers';
import type { Head, RepositoryRef, ServerRole } from '@countersign/store';

export interface OnlineKey {
  /** Counts the rotations of this key, from 1. */
  readonly generation: number;
  readonly key: PublicKey;
}

/** The keys that a root may name: those in force first, then the next. */
export type OnlineKeys = Readonly<Record<ServerRole, readonly OnlineKey[]>>;

/** What a draft follows from. */
export interface Basis {
  /** What the publisher uploaded; empty where nobody did, or where it was shown before. */
  readonly upload: ReadonlyMap<RoleName, Uint8Array>;
  /** The files that stand, as the review of the upload asked for them. */
  readonly standing: ReadonlyMap<RoleName, Uint8Array>;
  /** What it takes to make the same draft once more: see publish-note.ts. */
  readonly note: string;
}

export const NO_BASIS: Basis = { upload: new Map(), standing: new Map(), note: '' };

/** A publish that was signed, and that the store does not have. */
export interface Lost {
  readonly upload: ReadonlyMap<RoleName, Uint8Array>;
  readonly note: string;
}

/** Methods throw RequestError: `signer-unavailable` for a service that does not answer in time, `signer-refused` when it says no. */
export interface SigningKeys {
  /** `anew` asks again where an answer may be kept: for people who are about to name a key in a root. */
  keysOf(repository: RepositoryRef, head: Head | undefined, ask: 'kept' | 'anew'): Promise<OnlineKeys>;
  /** The same draft, byte for byte, gets the same signature, however often it is asked for. `thread` is for keys of this process. */
  sign(repository: RepositoryRef, by: OnlineKey, draft: Draft<ServerRole>, basis: Basis, thread: Thread): Promise<Uint8Array>;
  /** The publish that was signed last, unless its snapshot is the one that is `stored`. */
  lost(repository: RepositoryRef, stored: Digest | undefined): Promise<Lost | undefined>;
  /** Whether something can be signed now. Never rejects, and answers in time. */
  answers(): Promise<boolean>;
  /** Reads again what it shows to whom it asks. Never rejects. */
  reload(): Promise<void>;
  close(): void;
}

/** The generation in force by what a head says; the first one until a publish names another. */
export const currentGeneration = (head: Head | undefined, role: ServerRole): number => head?.generations.get(role) ?? 1;

/** The key of a generation, where there is one. */
export const keyAt = (keys: OnlineKeys, role: ServerRole, generation: number): OnlineKey | undefined =>
  keys[role].find((one) => one.generation === generation);

/** How core's review knows them. */
export const asServerKeys = ({ snapshot, timestamp }: OnlineKeys): ServerKeys => ({
  snapshot: named(snapshot),
  timestamp: named(timestamp),
});

const named = (keys: readonly OnlineKey[]) => keys.map(({ generation, key }) => ({ generation, fingerprint: key.fingerprint }));

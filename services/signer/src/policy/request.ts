// A request for a signature, and what the signer holds against it.
import type { Gun, Lifetimes, Parsed, ServerKeys } from '@countersign/core';
import type { AcceptedPlan, Claimants } from './accepted.ts';
import type { Evidence } from './evidence.ts';
import type { Memory, SignerRole } from './memory.ts';

export interface SignerRepository {
  readonly gun: Gun;
  readonly dialect: 'tuf' | 'notary';
}

export interface Asked {
  readonly repository: SignerRepository;
  readonly role: SignerRole;
  /** Of the key that is to sign. */
  readonly generation: number;
  /** The canonical bytes of `signed`. */
  readonly payload: Uint8Array;
  readonly evidence: Evidence;
  /** The caller's own words about a publish. Kept with it and given back, never read here. */
  readonly note: string;
}

export interface Held {
  readonly memory: Memory;
  /** The keys that a root of this repository may name, by the signer's own computation. */
  readonly keys: ServerKeys;
  readonly claimants: Claimants;
  /** The longest lives that files may have, in milliseconds. */
  readonly longest: Lifetimes;
}

/** What may be signed, and what is remembered of its repository once it is; the plan of the publish that it came from, where one did. */
export interface Accepted {
  readonly file: Parsed<SignerRole>;
  readonly memory: Memory;
  readonly plan?: AcceptedPlan;
}

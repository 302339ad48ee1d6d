// Everything a handler needs besides the call. Made once, when the server starts.
import type { Cryptography, Dialect, Env, Instant, Lifetimes, Limits } from '@countersign/core';
import type { DialectName, Head, MetadataStore } from '@countersign/store';
import type { Access } from './access.ts';
import type { Condition } from './condition.ts';
import type { Counts } from './counts.ts';
import type { Authorizer } from './docker-token/authorizer.ts';
import type { HighWater } from './high-water.ts';
import type { Horizon } from './horizon.ts';
import type { InTurn, Shared } from './in-turn.ts';
import type { LastChanges } from './last-changes.ts';
import type { Logger } from './log.ts';
import type { Moved } from './moved.ts';
import type { NotarySettings } from './notary-config/settings.ts';
import type { ProcessNumbers } from './process-numbers.ts';
import type { RateLimiter } from './rate-limit.ts';
import type { ReadyAnswers } from './ready.ts';
import type { SigningKeys } from './signing/signing-keys.ts';
import type { Spans } from './spans/spans.ts';
import type { Hosts } from './web-safety.ts';
import type { Weighed } from './weighed.ts';

/** A timestamp that may be served, until the moment from which it must be looked at again. */
export interface Fresh {
  readonly head: Head;
  readonly timestamp: Uint8Array;
  readonly expires: Instant;
  readonly until: number;
}

export interface World {
  readonly store: MetadataStore;
  readonly marks: HighWater;
  readonly keys: SigningKeys;
  readonly ready: ReadyAnswers;
  readonly changes: LastChanges;
  /** What other processes publish; undefined where nobody else has this store. */
  readonly moved: Moved | undefined;
  /** Publishes and deletions, one at a time for each repository. */
  readonly writes: InTurn;
  /** Reviews, weighed by the bytes that they read: parsed, a byte of metadata may take thirty. */
  readonly reviews: Weighed;
  /** Timestamps being signed anew, one signer at a time for each repository. */
  readonly refreshes: Shared<Fresh>;
  readonly access: Access;
  /** The same callers, for the Notary routes. */
  readonly authorize: Authorizer;
  readonly notary: NotarySettings;
  readonly hosts: Hosts;
  readonly limits: Limits;
  readonly uploads: Memory;
  readonly answers: Memory;
  /** Reads of files that no head tells the length of. */
  readonly olderFiles: Weighed;
  readonly lifetimes: Lifetimes;
  readonly crypto: Cryptography;
  readonly dialects: Readonly<Record<DialectName, Dialect>>;
  readonly log: Logger;
  now(): Instant;
  readonly onPublish: (() => void) | undefined;
  readonly rates: RateLimiter;
  readonly counts: Counts;
  readonly spans: Spans;
  readonly horizon: Horizon;
  /** The numbers of all processes that serve this address; undefined where there is this one alone. */
  readonly siblings: (() => Promise<readonly ProcessNumbers[]>) | undefined;
  /** Whether reads and writes work, and the way back when they do not. */
  readonly condition: Condition;
}

/** Bytes held at once, by all requests together. */
export interface Memory {
  readonly limit: number;
  used: number;
}

/** What core takes from outside, at this moment. */
export const envOf = ({ now, limits, crypto, dialects }: World, dialect: DialectName): Env => ({
  now: now(),
  limits,
  crypto,
  dialect: dialects[dialect],
});

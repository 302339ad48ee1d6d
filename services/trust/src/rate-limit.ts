// Requests that change something, or try to, are counted in buckets: one for each caller, whose refused ones alone count unless said
// otherwise, and one for each repository. Reads are counted where the configuration says so.
import type { IncomingMessage } from 'node:http';
import type { Gun, Instant } from '@countersign/core';
import type { Access } from './access.ts';
import { RequestError } from './errors.ts';
import type { Rate, RateLimits } from './rates-shape.ts';
import { bucketAfter, bucketOf } from './whose-bucket.ts';

const MOST = 10_000;

interface Bucket {
  left: number;
  at: number;
}

/** Token buckets, the ten thousand used last: who is forgotten starts with a full one. */
export class Buckets {
  readonly #rate: Rate;
  readonly #buckets = new Map<string, Bucket>();

  constructor(rate: Rate) {
    this.#rate = rate;
  }

  /** Seconds until `name` may go on; 0 for now. `now` in milliseconds, of a clock that nobody sets. */
  wait(name: string, now: number): number {
    const { left } = this.#filled(name, now);
    return left >= 1 ? 0 : Math.ceil(((1 - left) * 60) / this.#rate.perMinute);
  }

  take(name: string, now: number): void {
    const bucket = this.#filled(name, now);
    this.#buckets.delete(name);
    this.#buckets.set(name, { left: Math.max(0, bucket.left - 1), at: now });
    const [oldest] = this.#buckets.keys();
    if (this.#buckets.size > MOST && oldest !== undefined) this.#buckets.delete(oldest);
  }

  #filled(name: string, now: number): Bucket {
    const { perMinute, burst } = this.#rate;
    const known = this.#buckets.get(name);
    if (known === undefined) return { left: burst, at: now };
    return { left: Math.min(burst, known.left + ((now - known.at) * perMinute) / 60_000), at: now };
  }
}

export class RateLimiter {
  readonly #refused: Buckets | undefined;
  readonly #writes: Buckets | undefined;
  readonly #repositories: Buckets | undefined;
  readonly #reads: Buckets | undefined;
  readonly #access: Access;
  readonly #now: () => Instant;

  constructor({ refusedWrites, writesPerCaller, writesPerRepository, readsPerCaller }: RateLimits, access: Access, now: () => Instant) {
    this.#access = access;
    this.#now = now;
    const bucketsOf = (rate: Rate | undefined): Buckets | undefined => (rate === undefined ? undefined : new Buckets(rate));
    this.#refused = bucketsOf(refusedWrites);
    this.#writes = bucketsOf(writesPerCaller);
    this.#repositories = bucketsOf(writesPerRepository);
    this.#reads = bucketsOf(readsPerCaller);
  }

  /** Before anything else is done for it. Throws RequestError(`rate-limited`). */
  async check(request: IncomingMessage): Promise<void> {
    const [counted, watched] = isRead(request) ? [this.#reads, undefined] : [this.#writes, this.#refused];
    if ((counted ?? watched) === undefined || request.url === '/livez' || request.url === '/readyz') return;
    const bucket = await bucketOf(request, this.#access, this.#now());
    const now = performance.now();
    refuseFor(Math.max(counted?.wait(bucket, now) ?? 0, watched?.wait(bucket, now) ?? 0));
    counted?.take(bucket, now);
  }

  /** Before a change by somebody who may make it: a stranger's attempts are none of the repository's. Throws RequestError(`rate-limited`). */
  checkRepository(request: IncomingMessage, gun: Gun): void {
    if (this.#repositories === undefined || isRead(request)) return;
    const now = performance.now();
    refuseFor(this.#repositories.wait(gun, now));
    this.#repositories.take(gun, now);
  }

  /** A write was refused, by whatever but this. Losing a race is no abuse, nor is a server in trouble. */
  refused(request: IncomingMessage, status: number): void {
    if (this.#refused === undefined || isRead(request)) return;
    if (status >= 400 && status < 500 && status !== 409 && status !== 429)
      this.#refused.take(bucketAfter(request, this.#access, this.#now()), performance.now());
  }
}

const isRead = ({ method }: IncomingMessage): boolean => method === 'GET' || method === 'HEAD';

function refuseFor(seconds: number): void {
  if (seconds === 0) return;
  const details = { headers: { 'Retry-After': String(seconds) } };
  throw new RequestError('rate-limited', `too many requests: try again in ${seconds} s`, { details });
}

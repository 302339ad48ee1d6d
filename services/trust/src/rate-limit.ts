// Requests that change something, or try to, are counted in buckets: one for each caller, whose refused ones alone count unless said
// otherwise, and one for each repository. A bucket is told by credentials where there are some, so that those behind one proxy do not pay for each
// other, and by address otherwise.
import { createHash } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { RequestError } from './errors.ts';

export interface Rate {
  readonly perMinute: number;
  /** How many at once. */
  readonly burst: number;
}

export interface RateLimits {
  /** Writes that were refused, by caller. */
  readonly refusedWrites: Rate | undefined;
  readonly writesPerCaller: Rate | undefined;
  readonly writesPerRepository: Rate | undefined;
  /** Of what is not answered from memory. */
  readonly readsPerCaller: Rate | undefined;
}

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

  constructor({ refusedWrites, writesPerCaller, writesPerRepository, readsPerCaller }: RateLimits) {
    const bucketsOf = (rate: Rate | undefined): Buckets | undefined => (rate === undefined ? undefined : new Buckets(rate));
    this.#refused = bucketsOf(refusedWrites);
    this.#writes = bucketsOf(writesPerCaller);
    this.#repositories = bucketsOf(writesPerRepository);
    this.#reads = bucketsOf(readsPerCaller);
  }

  /** Before anything else is done for it. Throws RequestError(`rate-limited`). */
  check(request: IncomingMessage): void {
    const read = request.method === 'GET' || request.method === 'HEAD';
    if (read && (this.#reads === undefined || request.url === '/livez' || request.url === '/readyz')) return;
    const now = performance.now();
    const caller = callerOf(request);
    const repository = repositoryIn(request.url);
    const [counted, others] = read ? [this.#reads, []] : [this.#writes, [this.#refused]];
    const byRepository = read || repository === undefined ? undefined : this.#repositories;
    const seconds = Math.max(
      ...[counted, ...others].map((buckets) => buckets?.wait(caller, now) ?? 0),
      byRepository?.wait(repository ?? '', now) ?? 0,
    );
    if (seconds > 0) {
      const details = { headers: { 'Retry-After': String(seconds) } };
      throw new RequestError('rate-limited', `too many requests: try again in ${seconds} s`, { details });
    }
    counted?.take(caller, now);
    byRepository?.take(repository ?? '', now);
  }

  /** A write was refused, by whatever but this. Losing a race is no abuse, nor is a server in trouble. */
  refused(request: IncomingMessage, status: number): void {
    if (this.#refused === undefined || request.method === 'GET' || request.method === 'HEAD') return;
    if (status >= 400 && status < 500 && status !== 409 && status !== 429) this.#refused.take(callerOf(request), performance.now());
  }
}

/** A header of credentials as a digest: nothing here keeps a token. */
function callerOf({ headers, socket }: IncomingMessage): string {
  const { authorization } = headers;
  if (authorization !== undefined) return createHash('sha256').update(authorization).digest('base64');
  const address = socket.remoteAddress ?? '';
  // Whoever has one IPv6 address has the 2^64 beside it.
  return address.includes(':') && !address.startsWith('::ffff:') ? address.split(':').slice(0, 4).join(':') : address;
}

const repositoryIn = (url: string | undefined): string | undefined =>
  /^\/v2\/(.{1,512}?)\/_trust\/|^\/_countersign\/v1\/repositories\/(.{1,512}?)\/(?:pending|import)/
    .exec(url ?? '')
    ?.slice(1)
    .find((name) => name !== undefined);

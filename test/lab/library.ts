// The client library as a program uses it, for tests and benchmarks that need no command line.
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { type ClientOptions, createClient, type TrustClient } from '@countersign/client';
import { type Anchor, type Gun, type Instant, type RootPin, STANDARD_LIMITS } from '@countersign/core';
import { nativeCryptography } from '@countersign/crypto-native';
import { createHttp, type HttpClient } from '@countersign/http';

const DAY = 86_400_000;
// One for the whole process, as a program has it: opened keys are kept.
const crypto = nativeCryptography();

export interface LibraryOptions {
  readonly server: string;
  readonly folder: string;
  /** Undefined: the first root is believed, as a publisher does who is about to make it. */
  readonly pin: RootPin | undefined;
  readonly http?: HttpClient;
  readonly more?: Partial<ClientOptions>;
}

export const loopbackHttp = (): HttpClient =>
  createHttp({
    plainHttp: 'loopback-only',
    timeouts: { connectMs: 5000, idleMs: 30_000, totalMs: 120_000 },
    userAgent: 'countersign-test',
  });

export function library({ server, folder, pin, http = loopbackHttp(), more = {} }: LibraryOptions): TrustClient {
  const anchor = async (gun: Gun): Promise<Anchor> => ({
    gun,
    pins: pin === undefined ? [] : [pin],
    minimum: {},
    otherwise: pin === undefined ? 'unsafe-first-use' : 'refuse',
    binding: 'required',
  });
  return createClient({
    server: new URL(server),
    authorization: undefined,
    http,
    crypto,
    limits: STANDARD_LIMITS,
    folders: { state: join(folder, 'state'), cache: join(folder, 'cache'), owner: process.getuid?.() },
    now: () => Date.now() as Instant,
    builtAt: Date.UTC(2026, 0, 1) as Instant,
    random: (length) => randomBytes(length),
    lifetimes: { root: 730 * DAY, targets: 365 * DAY },
    anchor,
    ...more,
  });
}

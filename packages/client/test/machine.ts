// For tests: a machine with its own folders and clock, pointed at some trust server.
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Anchor, type Gun, type Instant, parseInstant, STANDARD_LIMITS } from '@countersign/core';
import { nativeCryptography } from '@countersign/crypto-native';
import { createHttp, type HttpClient } from '@countersign/http';
import { type ClientOptions, createClient, type Folders, type ManifestSource, type TrustClient } from '../src/index.ts';

export const DAY = 86_400_000;
const BUILT: Instant = parseInstant('2026-01-01T00:00:00Z', 'built');
export const random = (length: number): Uint8Array => new Uint8Array(randomBytes(length));

export interface Machine {
  readonly folders: Folders;
  readonly clock: { now: Instant };
  /** What `anchor` answers. */
  believes: Anchor | undefined;
  /** A fresh client, as another run of a program would have it; nothing is in its memory. */
  client(overrides?: Partial<ClientOptions>): TrustClient;
  options(overrides?: Partial<ClientOptions>): ClientOptions;
}

const folders: string[] = [];
const clients: HttpClient[] = [];

export async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'countersign-client-'));
  folders.push(folder);
  return folder;
}

/** For `afterEach`. */
export async function closeMachines(): Promise<void> {
  for (const http of clients.splice(0)) http.close();
  for (const folder of folders.splice(0)) await rm(folder, { recursive: true, force: true });
}

export async function machine(server: URL, now: number): Promise<Machine> {
  const folder = await temporaryFolder();
  const http = createHttp({
    plainHttp: 'loopback-only',
    timeouts: { connectMs: 5_000, idleMs: 10_000, totalMs: 30_000 },
    userAgent: 'test',
  });
  clients.push(http);
  const made: Machine = {
    folders: { state: join(folder, 'state'), cache: join(folder, 'cache'), owner: process.geteuid?.() },
    clock: { now: now as Instant },
    believes: undefined,
    options: (overrides = {}) => ({
      server,
      authorization: undefined,
      http,
      crypto: nativeCryptography(),
      limits: STANDARD_LIMITS,
      folders: made.folders,
      now: () => made.clock.now,
      builtAt: BUILT,
      random,
      lifetimes: { root: 730 * DAY, targets: 365 * DAY },
      anchor: async (gun: Gun) => made.believes ?? { gun, pins: [], minimum: {}, otherwise: 'refuse', binding: 'required' },
      ...overrides,
    }),
    client: (overrides = {}) => createClient(made.options(overrides)),
  };
  return made;
}

/** A registry that serves one manifest under every tag. */
export function serves(bytes: Uint8Array, mediaType: string): ManifestSource {
  return { manifest: async () => ({ bytes, mediaType }) };
}

/** A registry that must not be asked. */
export const noRegistry: ManifestSource = {
  manifest: async () => {
    throw new Error('the registry was asked');
  },
};

/** What an act failed with, as `{ code, message, … }`. */
export async function failure(act: Promise<unknown>): Promise<unknown> {
  return act.then(
    () => undefined,
    (error: unknown) => error,
  );
}

// Victims that are the client library, with folders of their own and a hostile server: one that starts anew for each run, as a
// command line does, and one that lives on and remembers, as a gate does.
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createClient, type PublishChange, type TrustClient } from '@countersign/client';
import { type Digest, type Instant, parseInstant, type Signer } from '@countersign/core';
import { createHttp } from '@countersign/http';
import { type Lie, type Simulator, startMetadataServer } from '@countersign/testkit';
import type { Manifest, Victim, VictimOptions } from './victim.ts';

const BUILT = parseInstant('2026-01-01T00:00:00Z', 'build date');
const YEAR = 365 * 86_400_000;
const TIMEOUTS = { connectMs: 2_000, idleMs: 2_000, totalMs: 5_000 };

export interface ClientVictim extends Victim {
  readonly folders: { readonly state: string; readonly cache: string };
  /** What the server does with a path, instead of answering. */
  readonly lies: Map<string, Lie>;
  /** Whether it may ask a server. */
  offline: boolean;
  /** Another process takes over: what was only in memory is gone. */
  restart(): Promise<void>;
  /** As somebody who signs. What comes of the upload is the server's word. */
  publish(change: PublishChange, signers: readonly Signer[]): Promise<unknown>;
  /** How many bytes the server poured out in lies that never end. */
  poured(): number;
}

async function start(repository: Simulator, options: VictimOptions, life: 'one run' | 'long'): Promise<ClientVictim> {
  const home = await mkdtemp(join(tmpdir(), 'countersign-victim-'));
  const folders = { state: join(home, 'state'), cache: join(home, 'cache'), owner: process.getuid?.() };
  const server = await startMetadataServer(new Map([[repository.gun, repository]]));
  for (const [path, lie] of options.lies ?? []) server.lies.set(path, lie);
  const instead = new Map<string, Uint8Array | undefined>();
  server.intercept = (_, path) => {
    if (!instead.has(path)) return undefined;
    const bytes = instead.get(path);
    return bytes === undefined ? { do: 'status', status: 404 } : { do: 'bytes', bytes };
  };
  const registry = new Map<string, Manifest>();
  const anchor = repository.anchor(options.anchor);
  const http = createHttp({ plainHttp: 'loopback-only', timeouts: { ...TIMEOUTS, ...options.timeouts }, userAgent: 'victim' });
  const open = (): TrustClient =>
    createClient({
      server: server.url,
      authorization: undefined,
      http,
      crypto: repository.env().crypto,
      limits: { ...repository.env().limits, ...options.limits },
      folders,
      now: () => (victim.now ?? repository.now) as Instant,
      builtAt: BUILT,
      random: (length) => new Uint8Array(randomBytes(length)),
      lifetimes: { root: YEAR, targets: YEAR },
      anchor: async () => anchor,
      offline: victim.offline,
    });
  const manifests = {
    async manifest({ tag }: { readonly tag: string }): Promise<Manifest> {
      const manifest = registry.get(tag);
      if (manifest === undefined) throw new Error(`the registry has no ${tag}`);
      return manifest;
    },
  };
  const victim: ClientVictim = {
    folders,
    lies: server.lies,
    offline: false,
    instead,
    registry,
    get asked() {
      return server.requests.map(({ path }) => path);
    },
    now: undefined,
    async verify(tag): Promise<Digest> {
      if (life === 'one run' || offline !== victim.offline) await victim.restart();
      return (await client.verify({ gun: repository.gun, tag }, manifests)).digest;
    },
    publish: (change, signers) => client.publish(repository.gun, change, signers),
    async restart() {
      client.close();
      offline = victim.offline;
      client = open();
    },
    poured: () => server.poured(),
    loseCache: () => rm(folders.cache, { recursive: true, force: true }),
    async close() {
      client.close();
      http.close();
      await server.close();
      await rm(home, { recursive: true, force: true });
    },
  };
  let offline = victim.offline;
  let client = open();
  return victim;
}

export const startClient = (repository: Simulator, options: VictimOptions = {}): Promise<ClientVictim> =>
  start(repository, options, 'one run');
export const startLongLivedClient = (repository: Simulator, options: VictimOptions = {}): Promise<ClientVictim> =>
  start(repository, options, 'long');

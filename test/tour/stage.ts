// The stage of the tour: a fresh folder, a trust server on LevelDB, a registry, and people with machines of their own.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import type { Instant } from '@countersign/core';
import { createHttp } from '@countersign/http';
import { startRegistry } from '@countersign/testkit';
import { parseServerConfig, startTrustServer } from '@countersign/trust-server';
import { run, type World } from 'countersign';
import { startWire, type Wire } from './wire.ts';

/** What a command did. */
export interface Outcome {
  readonly command: string;
  readonly exit: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Somebody with a trust folder of their own. */
export interface Person {
  readonly name: string;
  readonly folder: string;
  /** Runs `countersign` as this person; `days` is how far their clock is ahead. */
  run(args: readonly string[], clock?: { readonly days: number }): Promise<Outcome>;
}

export interface Stage {
  readonly registry: string;
  readonly folder: string;
  /** Where the trust server keeps its data: what an attacker has who took the whole server. */
  readonly data: string;
  readonly server: string;
  readonly wire: Wire;
  person(name: string, more?: Readonly<Record<string, string>>): Person;
  /** A second trust server with nothing in common with the first. */
  otherServer(): Promise<string>;
  close(): Promise<void>;
}

const DAY = 86_400_000;

export async function openStage(options: { readonly registry: string | undefined }): Promise<Stage> {
  const folder = await mkdtemp(join(tmpdir(), 'countersign-tour-'));
  const now = (): Instant => Date.now() as Instant;
  const closing: (() => Promise<void>)[] = [];
  const startServer = async (data: string): Promise<string> => {
    const config = parseServerConfig({ listen: '127.0.0.1:0', data });
    const onFatal = (error: Error): void => {
      throw error;
    };
    const server = await startTrustServer({ config, now, log: 'silent', onFatal });
    closing.push(() => server.close());
    return server.url;
  };

  const data = join(folder, 'trust-server');
  const server = await startServer(data);
  const wire = await startWire(new URL(server));
  closing.push(() => wire.close());
  let registry = options.registry;
  if (registry === undefined) {
    const memory = await startRegistry();
    closing.push(() => memory.close());
    registry = memory.host;
  }

  const person = (name: string, more: Readonly<Record<string, string>> = {}): Person => {
    const home = join(folder, name);
    const env = {
      COUNTERSIGN_SERVER: wire.url,
      COUNTERSIGN_TRUST_DIR: join(home, 'trust'),
      COUNTERSIGN_PASSPHRASE: 'correct horse battery staple',
      NO_COLOR: '1',
      ...more,
    };
    return {
      name,
      folder: home,
      run: (args, clock = { days: 0 }) => runAs(args, { env, home, now: () => (Date.now() + clock.days * DAY) as Instant }),
    };
  };

  return {
    registry,
    folder,
    data,
    server,
    wire,
    person,
    otherServer: () => startServer(join(folder, 'other-trust-server')),
    async close() {
      for (const close of closing.reverse()) await close();
      await rm(folder, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

async function runAs(args: readonly string[], who: { env: Record<string, string>; home: string; now: () => Instant }): Promise<Outcome> {
  const out: string[] = [];
  const talk: string[] = [];
  const world: World = {
    stdin: Readable.from([]),
    stdout: { isTTY: false, write: (text) => void out.push(text) },
    stderr: { isTTY: false, write: (text) => void talk.push(text) },
    env: who.env,
    cwd: who.home,
    home: who.home,
    isTTY: false,
    asker: () => Promise.reject(new Error('nobody is there to ask')),
    now: who.now,
    builtAt: Date.UTC(2026, 0, 1) as Instant,
    userId: process.getuid?.(),
    processId: process.pid,
    http: createHttp,
    interrupted: new AbortController().signal,
  };
  const exit = await run(args, world);
  return { command: `countersign ${args.join(' ')}`, exit, stdout: out.join(''), stderr: talk.join('') };
}

// Those who read a repository of Notary from a server in the hands of an attacker: core alone, the client library as a command line runs
// it, and as something that lives on does.
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createReader } from '@countersign/client';
import {
  type Anchor,
  type FloorFiles,
  findTarget,
  type Keep,
  notary,
  parseInstant,
  type RoleName,
  readFloor,
  refresh,
  rootOf,
  type SeenRole,
  STANDARD_LIMITS,
  seenRole,
  type TargetsTrusted,
} from '@countersign/core';
import { nativeCryptography } from '@countersign/crypto-native';
import { createHttp } from '@countersign/http';
import { type Answer, drive, type NotaryRepository, startMetadataServer } from '@countersign/testkit';
import { afterEach, describe } from 'vitest';

export interface Reader {
  /** The sha256 of what a name stands for, or undefined. Rejects with the reason. */
  find(name: string): Promise<string | undefined>;
  /** What the server serves instead of the repository's files; `undefined` says that a file does not exist. */
  readonly instead: Map<string, Uint8Array | undefined>;
  /** Takes away what may be lost without harm. */
  loseCache(): Promise<void>;
  close(): Promise<void>;
}

export type Start = (repository: NotaryRepository, anchor?: Partial<Anchor>) => Promise<Reader>;

const crypto = nativeCryptography();

async function startCore(repository: NotaryRepository, overrides: Partial<Anchor> = {}): Promise<Reader> {
  const anchor = { ...repository.anchor(), ...overrides };
  const instead = new Map<string, Uint8Array | undefined>();
  const cache = new Map<string, Uint8Array>();
  const roles = new Map<RoleName, SeenRole>();
  let files: FloorFiles | undefined;
  const answer: Answer = ({ from, path }) => {
    if (from === 'cache') return cache.get(path);
    return instead.has(path) ? instead.get(path) : repository.served.get(path);
  };
  const remember = (stage: Keep['keep']): void => {
    if (!('targets' in stage)) return;
    const seen = seenRole(stage, crypto);
    if (seen !== undefined) roles.set(...seen);
    const { snapshot } = 'delegator' in stage ? stage.before.before : stage.before;
    const { hashes } = snapshot.content.meta.get(stage.targets.name) ?? {};
    cache.set(notary.path({ role: stage.targets.name, version: undefined, hashes, consistent: true }), stage.targets.file);
  };
  return {
    instead,
    async find(name) {
      const env = repository.env();
      const floor = files && readFloor({ ...files, roles }, env);
      const { result: stage } = drive(refresh(anchor, floor, env), answer, remember);
      files = filesAfter(stage);
      return drive(findTarget(stage, name, new Map(), env), answer, remember).result?.entry.hashes.get('sha256');
    },
    loseCache: async () => cache.clear(),
    close: async () => undefined,
  };
}

function filesAfter(stage: TargetsTrusted): FloorFiles {
  const { snapshot, before } = stage.before;
  return { root: rootOf(stage).root.file, timestamp: before.timestamp.file, snapshot: snapshot.file, pins: [] };
}

const TIMEOUTS = { connectMs: 2_000, idleMs: 2_000, totalMs: 5_000 };

async function startClient(repository: NotaryRepository, overrides: Partial<Anchor>, life: 'one run' | 'long'): Promise<Reader> {
  const home = await mkdtemp(join(tmpdir(), 'countersign-notary-reader-'));
  const server = await startMetadataServer(new Map([[repository.gun, repository]]));
  const instead = new Map<string, Uint8Array | undefined>();
  server.intercept = (_, path) => {
    if (!instead.has(path)) return undefined;
    const bytes = instead.get(path);
    return bytes === undefined ? { do: 'status', status: 404 } : { do: 'bytes', bytes };
  };
  const http = createHttp({ plainHttp: 'loopback-only', timeouts: TIMEOUTS, userAgent: 'reader' });
  const open = () =>
    createReader({
      server: server.url,
      dialect: notary,
      authorization: undefined,
      http,
      crypto,
      limits: STANDARD_LIMITS,
      folders: { state: join(home, 'state'), cache: join(home, 'cache'), owner: process.getuid?.() },
      now: () => repository.env().now,
      builtAt: parseInstant('2026-01-01T00:00:00Z', 'build date'),
      random: (length) => new Uint8Array(randomBytes(length)),
      anchor: async (gun) => ({ ...repository.anchor(), gun, ...overrides }),
    });
  let reader = open();
  return {
    instead,
    async find(name) {
      if (life === 'one run') {
        reader.close();
        reader = open();
      }
      const found = await (await reader.refresh(repository.gun)).find(name);
      return found?.entry.hashes.get('sha256');
    },
    loseCache: () => rm(join(home, 'cache'), { recursive: true, force: true }),
    async close() {
      reader.close();
      http.close();
      await server.close();
      await rm(home, { recursive: true, force: true });
    },
  };
}

const READERS: readonly (readonly [name: string, start: Start])[] = [
  ['core', startCore],
  ['the client', (repository, anchor = {}) => startClient(repository, anchor, 'one run')],
  ['a client that lives on', (repository, anchor = {}) => startClient(repository, anchor, 'long')],
];

/** Runs `attack` against each of them; readers are closed after each test. */
export function againstReaders(claim: string, attack: (start: Start) => void): void {
  describe.each(READERS)(`%s ${claim}`, (_, start) => {
    const opened: Reader[] = [];
    afterEach(async () => {
      for (const reader of opened.splice(0)) await reader.close();
    });
    attack(async (repository, anchor) => {
      const reader = await start(repository, anchor);
      opened.push(reader);
      return reader;
    });
  });
}

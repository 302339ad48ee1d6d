// For tests: a real server on a port of the system's choosing, over a store in memory or on disk, with a clock that only tests move.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Instant, parseInstant } from '@countersign/core';
import { type MetadataStore, memoryStore } from '@countersign/store';
import { parseServerConfig } from '../config.ts';
import type { Logger } from '../log.ts';
import { startTrustServer, type TrustServer } from '../start.ts';

export interface Laboratory {
  readonly folder: string;
  readonly clock: { now: Instant };
  readonly fatal: Error[];
  readonly url: string;
  now(): Instant;
  forward(milliseconds: number): void;
  /** Stops the server and starts it again on the same folder. */
  restart(settings?: Readonly<Record<string, unknown>>): Promise<void>;
  close(): Promise<void>;
}

export const NOON: Instant = parseInstant('2030-01-31T12:00:00Z', 'noon');
export const HOUR = 3_600_000;
export const DAY = 86_400_000;

const open: Laboratory[] = [];
const folders: string[] = [];

export async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'countersign-trust-'));
  folders.push(folder);
  return folder;
}

/** For `afterEach`: stops what a test started, and removes its folders. */
export async function closeLaboratories(): Promise<void> {
  for (const laboratory of open.splice(0)) await laboratory.close();
  for (const folder of folders.splice(0)) await rm(folder, { recursive: true, force: true });
}

/** `level` keeps its store in the data folder; any other store is used as it is. */
export async function laboratory(
  kind: 'level' | 'memory' | MetadataStore,
  settings: Readonly<Record<string, unknown>> = {},
  log: Logger | 'silent' = 'silent',
): Promise<Laboratory> {
  const folder = await temporaryFolder();
  const clock = { now: NOON };
  const fatal: Error[] = [];
  const store = kind === 'level' ? undefined : kind === 'memory' ? memoryStore() : kind;
  const start = (more: Readonly<Record<string, unknown>>): Promise<TrustServer> =>
    startTrustServer({
      config: parseServerConfig({ listen: '127.0.0.1:0', data: join(folder, 'data'), ...settings, ...more }),
      ...(store === undefined ? {} : { store }),
      now: () => clock.now,
      log,
      onFatal: (error) => fatal.push(error),
    });
  let server = await start({});
  const made: Laboratory = {
    folder,
    clock,
    fatal,
    get url() {
      return server.url;
    },
    now: () => clock.now,
    forward(milliseconds) {
      clock.now = (clock.now + milliseconds) as Instant;
    },
    async restart(more = {}) {
      await server.close();
      server = await start(more);
    },
    close: () => server.close(),
  };
  open.push(made);
  return made;
}

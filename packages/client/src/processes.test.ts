// Several real processes on one state folder: no locks, and yet nobody goes back, and nobody finds half a file.
import { spawn } from 'node:child_process';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { formatPin, imageEntry, parseDigest, type RootPin } from '@countersign/core';
import { generateSigner } from '@countersign/signers';
import { build } from 'esbuild';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { freshKeys, GUN, type Home, home, initWith, type Keys, NOON, pinnedTo } from '../test/home.ts';
import { closeMachines, type Machine, machine, temporaryFolder } from '../test/machine.ts';
import type { Orders } from '../test/worker.ts';

const entry = imageEntry({
  digest: parseDigest(`sha256:${'a1'.repeat(32)}`),
  length: 10,
  mediaType: 'application/vnd.oci.image.index.v1+json',
});
const source = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

let program: string;
let there: Home;
let here: Machine;
let keys: Keys;
let pin: RootPin;
let publisher: ReturnType<Machine['client']>;

beforeAll(async () => {
  program = join(await temporaryFolder(), 'worker.mjs');
  const alias = Object.fromEntries(
    ['core', 'http', 'crypto-native', 'signers'].map((name) => [`@countersign/${name}`, source(`../../${name}/src/index.ts`)]),
  );
  await build({
    entryPoints: [source('../test/worker.ts')],
    outfile: program,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    alias,
    logLevel: 'error',
  });
});
beforeEach(async () => {
  there = await home();
  here = await machine(there.url, NOON);
  const elsewhere = await machine(there.url, NOON);
  keys = { ...freshKeys(), releases: generateSigner('ed25519') };
  publisher = elsewhere.client();
  const signers = [keys.root, keys.targets, keys.releases];
  pin = (await publisher.publish(GUN, initWith(keys), signers)).pin;
  here.believes = elsewhere.believes = pinnedTo(pin);
});
afterEach(() => there.close());
afterAll(closeMachines);

interface Worker {
  /** Lines that were printed whole. */
  readonly lines: string[];
  readonly ended: Promise<{ readonly code: number | null; readonly errors: string }>;
  kill(): void;
}

function work(orders: Partial<Orders>): Worker {
  const { state, cache } = here.folders;
  const all: Orders = { server: there.url.href, gun: GUN, pin: formatPin(pin), state, cache, now: NOON, refreshes: 0, tags: [], ...orders };
  const child = spawn(process.execPath, [program, JSON.stringify(all)], { stdio: ['ignore', 'pipe', 'pipe'] });
  const lines: string[] = [];
  let [rest, errors] = ['', ''];
  child.stdout.on('data', (chunk) => {
    const parts = `${rest}${chunk}`.split('\n');
    rest = parts.pop() ?? '';
    lines.push(...parts);
  });
  child.stderr.on('data', (chunk) => {
    errors += chunk;
  });
  const ended = new Promise<Awaited<Worker['ended']>>((resolve) => child.on('close', (code) => resolve({ code, errors })));
  return { lines, ended, kill: () => child.kill('SIGKILL') };
}

const publish = (tag: string) => publisher.publish(GUN, { kind: 'entries', entries: new Map([[tag, entry]]) }, [keys.releases]);
const floors = async (): Promise<string[]> => {
  const [folder = ''] = (await readdir(here.folders.state)).filter((name) => name !== 'clock');
  return readdir(join(here.folders.state, folder));
};

it('processes that share a state folder all verify while others publish, and leave one floor', async () => {
  const workers = Array.from({ length: 6 }, () => work({ refreshes: 15 }));
  let publishing = true;
  const ended = Promise.all(workers.map((worker) => worker.ended)).finally(() => {
    publishing = false;
  });
  for (let index = 0; publishing; index += 1) await publish(`v${index}`);
  for (const { code, errors } of await ended) expect({ code, errors }).toEqual({ code: 0, errors: '' });
  for (const { lines } of workers) {
    const seen = lines.map(Number);
    expect(seen).toHaveLength(15);
    // What one process has seen, it never sees an older version of.
    expect(seen).toEqual([...seen].sort((one, other) => one - other));
  }
  const { roles } = await here.client().refresh(GUN);
  expect(await floors()).toEqual([`1.${roles.timestamp.version}.${roles.snapshot.version}.json`]);
});

it('a process that is killed at any moment leaves a floor that can be read, and none that is older than what it said', async () => {
  for (let round = 0; round < 6; round += 1) {
    const worker = work({ refreshes: 1000 });
    while (worker.lines.length < 2) await publish(`v${round}`);
    worker.kill();
    await worker.ended;
    const remembered = Math.max(...(await floors()).map((name) => Number(/^1\.(\d+)\.\d+\.json$/.exec(name)?.[1] ?? 0)));
    expect(remembered).toBeGreaterThanOrEqual(Number(worker.lines.at(-1)));
    expect(await here.client().refresh(GUN)).toBeDefined();
  }
});

it('publishers in processes of their own all get through', async () => {
  const { privateKey } = keys.releases as ReturnType<typeof generateSigner>;
  const key = String(privateKey.export({ type: 'pkcs8', format: 'pem' }));
  const workers = Array.from({ length: Number(process.env['COUNTERSIGN_TEST_PUBLISHERS'] ?? 6) }, (_, index) =>
    work({ tags: [`${index}-a`, `${index}-b`], key }),
  );
  for (const { ended } of workers) expect(await ended).toEqual({ code: 0, errors: '' });
  const listed = await (await here.client().refresh(GUN)).list();
  expect(listed.map(({ path }) => path)).toEqual(workers.flatMap(({ lines }) => lines).sort());
  expect(listed).toHaveLength(workers.length * 2);
});

import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join, normalize } from 'node:path';
import type { Instant } from '@countersign/core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Machine } from '../testing/machine.ts';
import { type Town, town } from '../testing/town.ts';

const DIGEST = `sha256:${'ab'.repeat(32)}`;
const GUN = 'files/tools';

/** What nginx would do: files of a folder, 404 for others, nothing more. */
async function staticServer(folder: string): Promise<{ readonly url: string; close(): void }> {
  const server: Server = createServer((request, response) => {
    readFile(join(folder, normalize(decodeURIComponent(new URL(request.url ?? '/', 'http://x').pathname)))).then(
      (bytes) => response.writeHead(200, { 'Content-Type': 'application/json' }).end(bytes),
      () => response.writeHead(404).end(),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, close: () => server.close() };
}

describe('a static mirror', () => {
  let stand: Town;
  let host: Machine;
  let site: Awaited<ReturnType<typeof staticServer>>;
  let clock = 0;
  beforeEach(async () => {
    clock = 0;
    stand = await town({ now: () => (Date.now() + clock) as Instant });
    host = stand.publisher;
    site = await staticServer(join(host.folder, 'mirror'));
    await run('init', GUN);
    await sign('v1');
  });
  afterEach(async () => {
    site.close();
    await stand.close();
  });

  const run = async (...argv: readonly string[]): Promise<Record<string, unknown>> => (await host.run(...argv, '--output', 'json')).json;
  const sign = (tag: string): Promise<Record<string, unknown>> => run('sign', `${GUN}:${tag}`, '--digest', DIGEST, '--length', '7');
  const base = (): string => join(host.folder, 'mirror', 'v2', GUN, '_trust', 'metadata');
  const pinned = async (): Promise<Machine> => {
    const reader = await stand.consumer();
    const { json } = await host.run('inspect', GUN, '--output', 'json');
    reader.env = { ...reader.env, COUNTERSIGN_SERVER: site.url, COUNTERSIGN_ROOT_PIN: String(json['pin']) };
    return reader;
  };

  it('is read by a client as the server is, from the first root on', async () => {
    const reader = await pinned();
    await run('key', 'rotate', 'root', GUN);
    await run('key', 'rotate', 'timestamp', GUN);
    await sign('v2');
    expect(await run('mirror', 'export', GUN, '--to', 'mirror')).toMatchObject({
      ok: true,
      repositories: [{ gun: GUN, ok: true, timestamp: expect.any(Number) }],
    });
    expect((await reader.run('list', GUN, '--output', 'json')).json).toMatchObject({ entries: [{ name: 'v1' }, { name: 'v2' }] });
    for (const name of await readdir(base())) {
      const served = await fetch(`${stand.server.url}/v2/${GUN}/_trust/metadata/${name}`);
      expect(Buffer.from(await served.arrayBuffer()).equals(await readFile(join(base(), name)))).toBe(true);
    }
  });

  it('says in files beside it how long each may be held', async () => {
    await run('mirror', 'export', GUN, '--to', 'mirror');
    const headers = await readFile(join(host.folder, 'mirror', '_headers'), 'utf8');
    expect(headers).toContain(`/v2/${GUN}/_trust/metadata/timestamp.json\n  Cache-Control: max-age=10\n`);
    expect(headers).toContain(`/v2/${GUN}/_trust/metadata/1.root.json\n  Cache-Control: max-age=31536000, immutable\n`);
    const nginx = await readFile(join(host.folder, 'mirror', '.countersign-mirror', 'nginx.conf'), 'utf8');
    expect(nginx.indexOf('timestamp')).toBeLessThan(nginx.indexOf('immutable'));
  });

  it('never shows a mixed set to readers while it is synced', async () => {
    await run('mirror', 'sync', GUN, '--to', 'mirror', '--once');
    let done = false;
    let read = 0;
    const versions = new Set<number>();
    const look = async (): Promise<void> => {
      while (!done) {
        versions.add(await readWhole(site.url));
        read += 1;
      }
    };
    const looking = Promise.all([look(), look()]);
    for (let round = 0; round < 8; round += 1) {
      await sign(`t${round}`);
      expect(await run('mirror', 'sync', GUN, '--to', 'mirror', '--once', '--prune')).toMatchObject({ ok: true });
    }
    done = true;
    await looking;
    expect(read).toBeGreaterThan(8);
    expect(versions.size).toBeGreaterThan(3);
  }, 60_000);

  it('keeps what it has when the server is away, and warns before that runs out', async () => {
    await run('mirror', 'export', GUN, '--to', 'mirror');
    await stand.server.close();
    const later = await host.run('mirror', 'sync', GUN, '--to', 'mirror', '--once', '--output', 'json');
    expect(later).toMatchObject({ exit: 20, stderr: expect.not.stringContaining('warning') });
    expect(later.json).toMatchObject({ ok: false, repositories: [{ gun: GUN, ok: false }] });
    const reader = await pinned2(site.url);
    expect((await reader.run('list', GUN)).exit).toBe(0);
    clock = 2.5 * 86_400_000;
    expect((await host.run('mirror', 'sync', GUN, '--to', 'mirror', '--once')).stderr).toContain('expires in 12 hours');
  });

  /** As `pinned`, without the server. */
  async function pinned2(url: string): Promise<Machine> {
    const reader = await stand.consumer();
    const { json } = await host.run('trust', 'show', GUN, '--output', 'json');
    const text = JSON.stringify(json);
    const [pin = ''] = /sha256:[0-9a-f]{64}@[0-9]+/.exec(text) ?? [];
    reader.env = { ...reader.env, COUNTERSIGN_SERVER: url, COUNTERSIGN_ROOT_PIN: pin };
    return reader;
  }

  it('places nothing that does not verify', async () => {
    await run('mirror', 'export', GUN, '--to', 'mirror');
    const timestamp = await readFile(join(base(), 'timestamp.json'));
    // A server that lies: one delegated role lacks a byte of its signature.
    const lying = createServer((request, response) => {
      void fetch(`${stand.server.url}${request.url}`).then(async (answer) => {
        const text = await answer.text();
        const harmed = /\.releases\.json$/.test(request.url ?? '')
          ? text.replace(/"sig":"(.)/, (_, first: string) => `"sig":"${first === '0' ? '1' : '0'}`)
          : text;
        response.writeHead(answer.status).end(harmed);
      });
    });
    await new Promise<void>((resolve) => lying.listen(0, '127.0.0.1', resolve));
    await sign('v2');
    const { port } = lying.address() as AddressInfo;
    const refused = await run('mirror', 'export', GUN, '--to', 'mirror', '--server', `http://127.0.0.1:${port}`);
    expect(refused).toMatchObject({ ok: false, code: 'mismatch' });
    lying.close();
    expect(await readFile(join(base(), 'timestamp.json'))).toEqual(timestamp);
  });

  it('needs a pin, as every reader does, and a folder that is its own', async () => {
    const stranger = await stand.consumer();
    expect((await stranger.run('mirror', 'export', GUN, '--to', 'mirror')).exit).toBe(18);
    await mkdir(join(host.folder, 'mirror', '.countersign-mirror'), { recursive: true });
    const name = createHash('sha256').update(`v2/${GUN}/_trust/metadata/`).digest('hex');
    await writeFile(join(host.folder, 'mirror', '.countersign-mirror', `${name}.json`), '{');
    expect(await run('mirror', 'export', GUN, '--to', 'mirror')).toMatchObject({ ok: false, code: 'damaged-mirror' });
    await rm(join(host.folder, 'mirror'), { recursive: true });
  });

  it('goes on until it is stopped', async () => {
    const running = host.begin('mirror', 'sync', GUN, '--to', 'mirror', '--interval', '1h');
    expect(await running.firstLine).toContain(`${GUN}: timestamp v`);
    running.stop();
    expect(await running.result).toMatchObject({ exit: 0, stderr: expect.stringContaining('stopped') });
    expect(await run('mirror', 'sync', GUN, '--to', 'mirror', '--interval', 'soon')).toMatchObject({ exit: 2 });
  });
});

type Signed = { readonly version: number; readonly meta: Readonly<Record<string, { readonly version: number }>> };

/** The timestamp's version, when all that it leads to is there and of the versions that it names. */
async function readWhole(url: string): Promise<number> {
  const file = async (name: string): Promise<Signed> => {
    const answer = await fetch(`${url}/v2/${GUN}/_trust/metadata/${name}`);
    expect([name, answer.status]).toEqual([name, 200]);
    return JSON.parse(await answer.text()).signed;
  };
  const timestamp = await file('timestamp.json');
  const version = timestamp.meta['snapshot.json']?.version;
  const snapshot = await file(`${version}.snapshot.json`);
  expect(snapshot.version).toBe(version);
  for (const [name, meta] of Object.entries(snapshot.meta)) expect((await file(`${meta.version}.${name}`)).version).toBe(meta.version);
  return timestamp.version;
}

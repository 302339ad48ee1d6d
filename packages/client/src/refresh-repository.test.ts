import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { imageEntry, parseDigest, type TARGETS, TIMESTAMP } from '@countersign/core';
import { generateSigner } from '@countersign/signers';
import { type MetadataServer, type Simulator, simulate, startMetadataServer } from '@countersign/testkit';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { closeMachines, DAY, failure, type Machine, machine } from '../test/machine.ts';
import type { ClientOptions, TrustClient } from './index.ts';

const MANIFEST = 'application/vnd.oci.image.manifest.v1+json';
const entry = imageEntry({ digest: parseDigest(`sha256:${'a1'.repeat(32)}`), length: 1234, mediaType: MANIFEST });

let repository: Simulator;
let server: MetadataServer;
let here: Machine;
beforeEach(async () => {
  repository = await simulate();
  await repository.publish({ v1: entry });
  server = await startMetadataServer(new Map([[repository.gun, repository]]));
  here = await machine(server.url, repository.now);
  here.believes = repository.anchor();
});
afterEach(async () => {
  await server.close();
  await closeMachines();
});

const find = async (path = 'v1', client: TrustClient = here.client()) => (await client.refresh(repository.gun)).find(path);
const run = (overrides: Partial<ClientOptions> = {}) => find('v1', here.client(overrides));
/** Paths that were asked for since the last call. */
const asked = (): string[] => server.requests.splice(0).map(({ path }) => path);
const stateFiles = async (): Promise<string[]> => {
  const folders = (await readdir(here.folders.state, { withFileTypes: true })).filter(
    (item) => item.isDirectory() && item.name !== 'clock',
  );
  return (
    await Promise.all(
      folders.map(async ({ name }) => (await readdir(join(here.folders.state, name))).map((file) => join(here.folders.state, name, file))),
    )
  ).flat();
};
const floorNames = async (): Promise<string[]> => (await stateFiles()).map((path) => path.split('/').at(-1) ?? '');
const advanceClock = (milliseconds: number): void => {
  repository.now += milliseconds;
  here.clock.now = (here.clock.now + milliseconds) as typeof here.clock.now;
};

describe('a refresh', () => {
  it('asks for everything once, and then only whether there is anything new', async () => {
    await run();
    expect(asked()).toEqual(['1.root.json', '2.root.json', 'timestamp.json', '2.snapshot.json', '1.targets.json', '2.releases.json']);
    await run();
    expect(asked()).toEqual(['2.root.json', 'timestamp.json']);
  });

  it('finds again what another run of the program fetched, when only one role changed', async () => {
    await run();
    await repository.publish({ v2: entry });
    asked();
    expect(await find('v2')).toBeDefined();
    expect(asked()).toEqual(['2.root.json', 'timestamp.json', '3.snapshot.json', '3.releases.json']);
  });

  it.each([400, 401, 403, 410, 429, 500, 502, 503])('does not take status %i for the absence of a newer root', async (status) => {
    await run();
    server.lies.set('2.root.json', { do: 'status', status });
    const error = await failure(run());
    expect(error).toMatchObject({
      name: 'ServerError',
      code: status === 401 || status === 403 ? 'auth' : 'unavailable',
      details: { status },
    });
  });

  it.each([204, 206, 203])('does not take status %i for a file', async (status) => {
    server.lies.set('timestamp.json', { do: 'status', status });
    await expect(run()).rejects.toMatchObject({ name: 'ServerError' });
  });

  it('does not take "not modified" for an answer to a question that was not asked', async () => {
    server.lies.set('*', { do: 'status', status: 304 });
    await expect(run()).rejects.toMatchObject({ name: 'ServerError', code: 'unavailable' });
  });

  it.each(['2.root.json', 'timestamp.json', '1.targets.json'])('follows no redirect of %s', async (path) => {
    server.lies.set(path, { do: 'status', status: 302, headers: { location: `/v2/${repository.gun}/_trust/metadata/1.root.json` } });
    await expect(run()).rejects.toMatchObject({ name: 'FetchError', code: 'refused-redirect' });
  });

  it.each(['1.root.json', '2.root.json', 'timestamp.json', '2.snapshot.json', '1.targets.json', '2.releases.json'])(
    'stops reading %s at its limit',
    async (path) => {
      server.lies.set(path, { do: 'endless' });
      await expect(run()).rejects.toMatchObject({ name: 'FetchError', code: 'too-large' });
      // What the kernels of both sides hold comes on top of the limit.
      expect(server.poured()).toBeLessThan(8_000_000);
    },
  );

  it('says what a server says about a refusal, on one line and not at any length', async () => {
    const body = JSON.stringify({ code: 'busy', detail: `no\u001b[2J\n${'x'.repeat(5000)}` });
    server.lies.set('timestamp.json', { do: 'status', status: 503, body });
    const error = await failure(run());
    expect(error).toMatchObject({ code: 'unavailable', details: { code: 'busy' } });
    expect(String(error)).not.toMatch(/[\u0000-\u001f]/);
    expect(String(error).length).toBeLessThan(700);
  });
});

describe('a name', () => {
  it('without a pin is refused before anything is asked', async () => {
    here.believes = undefined;
    await expect(run()).rejects.toMatchObject({ code: 'untrusted-root' });
    expect(asked()).toEqual([]);
  });

  it('that was never trusted and is not there is unsigned', async () => {
    here.believes = repository.anchor({ pins: [], otherwise: 'unsafe-first-use' });
    server.lies.set('*', { do: 'status', status: 404 });
    await expect(run()).rejects.toMatchObject({ code: 'unsigned' });
  });

  it('that has a pin never becomes unsigned', async () => {
    server.lies.set('*', { do: 'status', status: 404 });
    await expect(run()).rejects.toMatchObject({ code: 'missing' });
  });

  it.each([['with a pin'], ['without a pin']])('that was seen before %s never becomes unsigned', async (how) => {
    if (how === 'without a pin') here.believes = repository.anchor({ pins: [], otherwise: 'unsafe-first-use' });
    await run();
    server.lies.set('*', { do: 'status', status: 404 });
    await expect(run()).rejects.toMatchObject({ code: 'missing' });
  });

  it('is not verified with the anchor of another', async () => {
    here.believes = { ...repository.anchor(), gun: 'registry.example.com/other' as typeof repository.gun };
    await expect(run()).rejects.toMatchObject({ code: 'untrusted-root' });
  });
});

describe('memory', () => {
  it('refuses an older timestamp, also when the cache is gone', async () => {
    const before = repository.fork();
    await repository.publish({ v2: entry });
    await run();
    repository.served.clear();
    for (const [path, bytes] of before.served) repository.served.set(path, bytes);
    await expect(run()).rejects.toMatchObject({ code: 'rollback' });
    await rm(here.folders.cache, { recursive: true });
    await expect(run()).rejects.toMatchObject({ code: 'rollback' });
    // What it protects from, where there is none.
    await rm(here.folders.state, { recursive: true });
    expect(await run()).toBeDefined();
  });

  it('keeps each root before it asks for the next', async () => {
    for (let rotation = 0; rotation < 3; rotation += 1) await repository.rotate(new Map([['root', [generateSigner('ed25519')]]]));
    server.lies.set('4.root.json', { do: 'status', status: 500 });
    await expect(run()).rejects.toMatchObject({ code: 'unavailable' });
    expect(await floorNames()).toEqual(['3.0.0.json']);
    server.lies.clear();
    asked();
    await run();
    expect(
      asked()
        .filter((path) => path !== 'timestamp.json')
        .slice(0, 2),
    ).toEqual(['4.root.json', '5.root.json']);
    expect(await floorNames()).toEqual(['4.2.2.json']);
  });

  it('keeps a root that has expired, and nothing below it', async () => {
    await repository.rotate(new Map(), { bend: (signed) => new Map([...signed, ['expires', '2026-11-21T12:00:00Z']]) });
    await expect(run()).rejects.toMatchObject({ code: 'expired' });
    expect(await floorNames()).toEqual(['2.0.0.json']);
  });

  it('keeps the timestamp when the snapshot is missing, and both when targets are', async () => {
    server.lies.set('2.snapshot.json', { do: 'status', status: 404 });
    await expect(run()).rejects.toMatchObject({ code: 'missing' });
    expect(await floorNames()).toEqual(['1.2.0.json']);
    server.lies.clear();
    server.lies.set('1.targets.json', { do: 'status', status: 404 });
    await expect(run()).rejects.toMatchObject({ code: 'missing' });
    expect(await floorNames()).toEqual(['1.2.2.json']);
  });

  it('finishes what a crash left half remembered', async () => {
    await run();
    const folder = join((await stateFiles())[0] ?? '', '..');
    // As a crash between timestamp and snapshot would leave it.
    server.lies.set('3.snapshot.json', { do: 'status', status: 500 });
    await repository.publish({ v2: entry });
    await failure(run());
    expect(await readdir(folder)).toEqual(['1.3.2.json']);
    server.lies.clear();
    await run();
    expect(await readdir(folder)).toEqual(['1.3.3.json']);
  });

  it('recovers from versions beyond all reach once the keys were rotated', async () => {
    const far = (signed: ReadonlyMap<string, never>) => new Map([...signed, ['version', 2 ** 52] as never]);
    const honest = repository.fork();
    await repository.timestamp({ bend: far as never });
    await run();
    expect(await floorNames()).toEqual([`1.${2 ** 52}.2.json`]);
    repository.served.set('timestamp.json', honest.served.get('timestamp.json') as Uint8Array);
    await expect(run()).rejects.toMatchObject({ code: 'rollback' });
    honest.keys.set('timestamp', repository.signersOf('timestamp'));
    await honest.rotate(new Map([['timestamp', [generateSigner('ed25519')]]]));
    await honest.advance();
    for (const [path, bytes] of honest.served) repository.served.set(path, bytes);
    expect(await run()).toBeDefined();
    expect(await floorNames()).toEqual(['2.3.3.json']);
  });

  it('walks from a new pin once, and resumes from then on', async () => {
    await run();
    const { pin } = await here.client().refresh(repository.gun);
    await repository.rotate(new Map([['root', [generateSigner('ed25519')]]]));
    const rotated = (await here.client().refresh(repository.gun)).pin;
    here.believes = repository.anchor({ pins: [pin, rotated] });
    asked();
    await run();
    expect(
      asked()
        .filter((path) => path !== 'timestamp.json')
        .slice(0, 3),
    ).toEqual(['1.root.json', '2.root.json', '3.root.json']);
    await run();
    expect(asked()).toEqual(['3.root.json', 'timestamp.json']);
    // The earlier pin still counts as reached.
    here.believes = repository.anchor();
    await run();
    expect(asked()).toEqual(['3.root.json', 'timestamp.json']);
  });

  it('refuses a pin of another line than the one it knows', async () => {
    await run();
    const stranger = await simulate({ gun: repository.gun });
    await stranger.publish({ v1: entry });
    here.believes = stranger.anchor();
    repository.served.clear();
    for (const [path, bytes] of stranger.served) repository.served.set(path, bytes);
    const error = await failure(run());
    expect(['wrong-repository', 'untrusted-root']).toContain((error as { code: string }).code);
  });

  it('tells two stories of one record apart', async () => {
    repository.record = { seq: 7, hash: '0a'.repeat(32) };
    await repository.timestamp();
    await run();
    repository.record = { seq: 7, hash: '0b'.repeat(32) };
    await repository.timestamp();
    await expect(run()).rejects.toMatchObject({ code: 'equivocation' });
  });
});

describe('the cache', () => {
  const cached = async (): Promise<string[]> => {
    const [folder = ''] = await readdir(here.folders.cache);
    return (await readdir(join(here.folders.cache, folder))).map((name) => join(here.folders.cache, folder, name));
  };

  it('costs a request where it is damaged or gone, and nothing else', async () => {
    await run();
    for (const path of await cached()) {
      for (const damage of [Buffer.alloc(0), Buffer.from('{}'), Buffer.alloc(100_000_000), await otherBytes(path)]) {
        await writeFile(path, damage);
        asked();
        expect(await run()).toBeDefined();
        expect(asked()).toHaveLength(3);
      }
    }
  });

  it('holds one version of each role', async () => {
    await run();
    await repository.publish({ v2: entry });
    await run();
    expect((await cached()).map((path) => path.split('/').at(-1)).sort()).toEqual(['1.targets.json', '3.releases.json']);
  });

  it('may be impossible to write', async () => {
    await writeFile(here.folders.cache, 'not a folder');
    expect(await run()).toBeDefined();
    expect(await run()).toBeDefined();
  });

  it('believes no expired role', async () => {
    await run();
    advanceClock(366 * DAY);
    await repository.advance();
    await expect(run()).rejects.toMatchObject({ code: 'expired' });
  });

  const otherBytes = async (path: string): Promise<Buffer> => {
    const bytes = await readFile(path);
    bytes[bytes.length >> 1] = (bytes[bytes.length >> 1] ?? 0) ^ 1;
    return bytes;
  };
});

describe('a long-lived client', () => {
  it('asks for root and timestamp each time, and for nothing it knows', async () => {
    const client = here.client();
    await find('v1', client);
    await rm(here.folders.cache, { recursive: true });
    asked();
    expect(await find('v1', client)).toBeDefined();
    expect(asked()).toEqual(['2.root.json', 'timestamp.json']);
  });

  it('sees what was published since', async () => {
    const client = here.client();
    await find('v1', client);
    await repository.publish({ v1: undefined, v2: entry });
    expect(await find('v1', client)).toBeUndefined();
    expect(await find('v2', client)).toBeDefined();
  });

  it.each(['targets', 'releases'])('does not believe %s beyond their expiry', async (role) => {
    const client = here.client();
    const soon = (signed: ReadonlyMap<string, never>) => new Map([...signed, ['expires', '2026-11-22T12:00:00Z'] as never]);
    await repository.next('targets', role as typeof TARGETS, {}, { bend: soon as never });
    await repository.advance();
    await find('v1', client);
    advanceClock(DAY);
    await expect(find('v1', client)).rejects.toMatchObject({ code: 'expired' });
  });

  it('does not believe a timestamp beyond its expiry, though the server says it is the newest', async () => {
    const client = here.client();
    await find('v1', client);
    advanceClock(3 * DAY);
    await expect(find('v1', client)).rejects.toMatchObject({ code: 'expired' });
  });

  it('asks again with another anchor', async () => {
    const client = here.client();
    await find('v1', client);
    here.believes = repository.anchor({ minimum: { snapshot: 99 as never } });
    await expect(find('v1', client)).rejects.toMatchObject({ code: 'rollback' });
  });

  it('remembers no more than the disk', async () => {
    const client = here.client();
    await find('v1', client);
    await rm(here.folders.state, { recursive: true });
    asked();
    await find('v1', client);
    expect(asked()[0]).toBe('1.root.json');
  });
});

describe('offline', () => {
  it('answers from what is at hand while it is fresh', async () => {
    await run();
    asked();
    expect(await run({ offline: true })).toBeDefined();
    expect(asked()).toEqual([]);
    advanceClock(3 * DAY);
    await expect(run({ offline: true })).rejects.toMatchObject({ code: 'expired' });
  });

  it('has nothing to say about what was never seen', async () => {
    await expect(run({ offline: true })).rejects.toMatchObject({ name: 'ServerError', code: 'offline' });
    expect(asked()).toEqual([]);
  });

  it('publishes nothing', async () => {
    const change = { kind: 'entries', entries: new Map() } as const;
    await expect(here.client({ offline: true }).publish(repository.gun, change, [])).rejects.toMatchObject({ code: 'offline' });
  });
});

describe('the clock', () => {
  it('may not be before the program was built', async () => {
    await expect(run({ now: () => Date.UTC(2025, 11, 31) as never })).rejects.toMatchObject({ code: 'clock' });
    expect(asked()).toEqual([]);
  });

  it('may not go back by more than five minutes', async () => {
    await run();
    advanceClock(-5 * 60_000);
    expect(await run()).toBeDefined();
    advanceClock(-1000);
    await expect(run()).rejects.toMatchObject({ code: 'clock' });
  });

  it('counts only after a refresh that was completed', async () => {
    await run();
    const now = here.clock.now;
    here.clock.now = (now + 2 * 365 * DAY) as typeof now;
    await expect(run()).rejects.toMatchObject({ code: 'expired' });
    here.clock.now = now;
    expect(await run()).toBeDefined();
  });

  it('is written at most once a minute', async () => {
    await run();
    const home = join(here.folders.state, 'clock');
    const first = await readdir(home);
    expect(first).toHaveLength(1);
    advanceClock(59_000);
    await run();
    expect(await readdir(home)).toEqual(first);
    advanceClock(1000);
    await run();
    const second = await readdir(home);
    expect(second).toHaveLength(1);
    expect(second).not.toEqual(first);
  });
});

it('refuses the timestamp of another repository that shares its keys', async () => {
  const twin = await simulate({ gun: 'registry.example.com/team/twin', repository: 'ff'.repeat(16), keys: repository.keys });
  await twin.publish({ v1: entry });
  repository.served.set('timestamp.json', twin.served.get('timestamp.json') as Uint8Array);
  await expect(run()).rejects.toMatchObject({ code: 'wrong-repository' });
  expect(repository.newest.has(TIMESTAMP)).toBe(true);
});

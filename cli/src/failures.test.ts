import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Instant } from '@countersign/core';
import { createHttp } from '@countersign/http';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { LIES, type LyingServer, lyingServer } from './testing/lying-server.ts';
import type { Machine } from './testing/machine.ts';
import { type Town, town } from './testing/town.ts';

const HOUR = 3_600_000;
const impatient: NonNullable<Machine['http']> = (options) =>
  createHttp({ ...options, timeouts: { connectMs: 500, idleMs: 300, totalMs: 1500 } });

let place: Town;
let pin: string;
let image: string;
let offset = 0;

beforeAll(async () => {
  place = await town({ now: () => (Date.now() + offset) as Instant });
  image = `${place.gun}:v1`;
  pin = (await place.publisher.run('init', place.gun)).stdout.trim();
  expect((await place.publisher.run('sign', `${image}@${place.digests.v1}`)).exit).toBe(0);
});
afterAll(() => place.close());
afterEach(() => {
  offset = 0;
});

async function consumer(): Promise<Machine> {
  const one = await place.consumer();
  await one.run('trust', 'pin', place.gun, pin);
  one.http = impatient;
  return one;
}

describe('a trust server that answers with', () => {
  let liar: LyingServer;
  afterEach(() => liar.close());

  it.each(Object.keys(LIES))('%s is no reason to trust', async (lie) => {
    liar = await lyingServer(LIES[lie] ?? (() => undefined));
    const one = await consumer();
    const fresh = await one.run('verify', image, '--server', liar.url, '--output', 'json');
    expect(fresh.json).toMatchObject({ schema: 1, ok: false, next: expect.stringMatching(/./) });
    // A page or nothing at all under the name of a root is damage (1); everything else is a server that cannot be reached (20).
    expect(['a web page', 'an empty body'].includes(lie) ? [1] : [20]).toContain(fresh.exit);
    if (lie === 'a web page') expect(fresh.json['message']).toMatch(/^\d+\.root\.json: json at byte 0/);
    expect((await one.run('verify', image)).exit).toBe(0);
    const later = await one.run('verify', image, '--server', liar.url);
    expect(later).toMatchObject({ exit: fresh.exit, stdout: '' });
  });
});

describe('a registry that answers with', () => {
  let liar: LyingServer;
  afterEach(() => liar.close());

  it.each(Object.keys(LIES))('%s is no reason to trust', async (lie) => {
    liar = await lyingServer(LIES[lie] ?? (() => undefined));
    const one = await consumer();
    const result = await one.run('verify', `${liar.host}/team/app:v1`, '--as', place.gun);
    expect(result).toMatchObject({ stdout: '' });
    expect([15, 20]).toContain(result.exit);
  });
});

describe('names that are not there', () => {
  it('are unreachable when they were pinned, and unsigned when nothing was ever known of them', async () => {
    const absent = `${place.registry.host}/team/absent`;
    const one = await place.consumer();
    expect((await one.run('verify', `${absent}:v1`)).exit).toBe(18);
    one.person = { answers: [], questions: [] };
    expect((await one.run('verify', `${absent}:v1`)).exit).toBe(10);
    one.person = undefined;
    expect((await one.run('verify', `${absent}:v1`, '--root-pin', pin)).exit).toBe(20);
  });

  it.each(['an error', 'too many requests'])('are not unsigned because a server answers the first question with %s', async (lie) => {
    const liar = await lyingServer(LIES[lie] ?? (() => undefined));
    const one = await place.consumer();
    one.person = { answers: [], questions: [] };
    expect((await one.run('verify', image, '--server', liar.url)).exit).toBe(20);
    await liar.close();
  });

  it('are not-found when they are signed and the registry lost them', async () => {
    const other = await place.consumer();
    expect((await other.run('verify', image, '--root-pin', pin)).exit).toBe(0);
    const mirror = `127.0.0.1:${place.registry.host.split(':')[1]}/team/elsewhere`;
    expect((await other.run('verify', `${mirror}:v1`, '--as', place.gun, '--root-pin', pin)).exit).toBe(11);
  });

  it('have no server when their name has no host and nothing else says one', async () => {
    const one = await place.consumer();
    one.env = { ...one.env, COUNTERSIGN_SERVER: undefined };
    const result = await one.run('list', 'tools');
    expect(result).toMatchObject({ exit: 2, stderr: expect.stringContaining('COUNTERSIGN_SERVER') });
  });
});

describe('a clock', () => {
  it('that went back an hour is refused, and nothing is lost', async () => {
    const one = await consumer();
    expect((await one.run('verify', image)).exit).toBe(0);
    offset = -HOUR;
    expect((await one.run('verify', image, '--output', 'json')).json).toMatchObject({ exit: 13, code: 'clock', status: 'expired' });
    offset = 0;
    expect((await one.run('verify', image)).exit).toBe(0);
  });

  it('that shows a time before this program was built is refused', async () => {
    const one = await consumer();
    one.now = () => Date.parse('2025-06-01T00:00:00Z') as Instant;
    expect((await one.run('verify', image)).exit).toBe(13);
  });
});

describe('metadata', () => {
  it('that nobody signs anew expires', async () => {
    const one = await consumer();
    expect((await one.run('verify', image)).exit).toBe(0);
    one.now = () => (Date.now() + 30 * 24 * HOUR) as Instant;
    expect((await one.run('verify', image)).exit).toBe(13);
  });

  it('that is remembered answers offline', async () => {
    const one = await consumer();
    const name = `${place.gun}@${place.digests.v1}`;
    one.env = { ...one.env, COUNTERSIGN_OFFLINE: '1' };
    expect((await one.run('verify', name)).exit).toBe(20);
    one.env = { ...one.env, COUNTERSIGN_OFFLINE: undefined };
    expect((await one.run('verify', name)).exit).toBe(0);
    one.env = { ...one.env, COUNTERSIGN_OFFLINE: '1', COUNTERSIGN_SERVER: 'http://127.0.0.1:1' };
    expect((await one.run('verify', name)).exit).toBe(0);
  });
});

it('no root is asked for offline, not even to show it to somebody', async () => {
  const one = await place.consumer();
  one.env = { ...one.env, COUNTERSIGN_OFFLINE: '1' };
  one.person = { answers: [], questions: [] };
  expect((await one.run('verify', image)).exit).toBe(18);
  expect(one.person.questions).toEqual([]);
});

describe('files of this machine', () => {
  let one: Machine;
  beforeEach(async () => {
    one = await consumer();
    expect((await one.run('verify', image)).exit).toBe(0);
  });

  it('that are a damaged cache cost requests and nothing else', async () => {
    const files = await filesBelow(join(one.trustDir, 'cache'));
    expect(files.length).toBeGreaterThan(0);
    for (const file of files) await writeFile(file, 'rubbish');
    expect((await one.run('verify', image)).exit).toBe(0);
    await rm(join(one.trustDir, 'cache'), { recursive: true });
    expect((await one.run('verify', image)).exit).toBe(0);
  });

  it('that are damaged memory are reported with their path, and never replaced', async () => {
    const floors = (await filesBelow(join(one.trustDir, 'state'))).filter((file) => /\d+\.\d+\.\d+\.json$/.test(file));
    for (const file of floors) await writeFile(file, 'rubbish');
    const result = await one.run('verify', image, '--output', 'json');
    expect(result.json).toMatchObject({ exit: 1, code: 'damaged-state', message: expect.stringContaining(one.trustDir) });
    for (const file of floors) expect(await readFile(file, 'utf8')).toBe('rubbish');
  });

  it('that are a damaged pin are reported, and are not no pin', async () => {
    const [file = ''] = await filesBelow(join(one.trustDir, 'pins'));
    await writeFile(file, '{}');
    expect((await one.run('verify', image)).exit).toBe(1);
  });

  it('that cannot be made keep everything from being trusted', async () => {
    await rm(join(one.trustDir, 'state'), { recursive: true });
    await writeFile(join(one.trustDir, 'state'), 'a file where a folder should be');
    const result = await one.run('verify', image, '--output', 'json');
    expect(result.json).toMatchObject({ exit: 1, code: 'unwritable-state' });
  });

  it.each([
    ['config.json', '{"schema":1,"server":{}}', 'server'],
    ['config.json', '{"schema":2}', 'schema'],
    ['config.json', '{"schema":1,"servers":{"a":"ftp://x"}}', 'servers.a'],
    ['config.json', '{', 'config.json'],
    ['policy.json', '{"schema":1,"rules":[{"match":"**","action":"trust"}]}', 'rules.0.action'],
  ])('%s with a mistake is refused: %s', async (name, text, named) => {
    await writeFile(join(one.trustDir, name), text);
    const result = await one.run('verify', image);
    expect(result).toMatchObject({ exit: 2, stdout: '', stderr: expect.stringContaining(named) });
    expect(result.stderr).toContain(name);
  });

  it('policy.json decides over options and variables', async () => {
    const rule = (more: object) => JSON.stringify({ schema: 1, rules: [{ match: `${place.registry.host}/**`, ...more }] });
    const policy = join(one.trustDir, 'policy.json');
    await writeFile(policy, rule({ action: 'refuse' }));
    expect((await one.run('verify', image, '--root-pin', pin, '--unsafe-first-use')).exit).toBe(16);
    await writeFile(policy, rule({ action: 'verify', pins: [`sha256:${'1'.repeat(64)}@1`] }));
    expect((await one.run('verify', image, '--root-pin', pin)).exit).toBe(18);
    await writeFile(policy, rule({ action: 'verify', pins: [pin] }));
    expect((await one.run('verify', image)).exit).toBe(0);
    await writeFile(policy, JSON.stringify({ schema: 1, rules: [] }));
    expect((await one.run('verify', image)).exit).toBe(16);
    one.env = { ...one.env, COUNTERSIGN_POLICY: 'absent.json' };
    expect((await one.run('verify', image)).exit).toBe(2);
  });
});

async function filesBelow(folder: string): Promise<readonly string[]> {
  await mkdir(folder, { recursive: true });
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
}

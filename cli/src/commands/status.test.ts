import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Instant } from '@countersign/core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Machine } from '../testing/machine.ts';
import { type Town, town } from '../testing/town.ts';

const DAY = 86_400_000;

interface Repository {
  readonly gun: string;
  readonly seen: string;
  readonly problem?: { readonly code: string };
  readonly roles: readonly { role: string; state: string; expires?: string; by: string; keys: readonly { here: boolean }[] }[];
}

describe('the expiry radar', () => {
  let place: Town;
  let publisher: Machine;
  let other: string;
  let passed = 0;

  beforeEach(async () => {
    passed = 0;
    place = await town({ now: () => (Date.now() + passed * DAY) as Instant });
    publisher = place.publisher;
    other = `${place.gun}-files`;
    for (const gun of [place.gun, other]) expect((await publisher.run('init', gun)).exit).toBe(0);
  });
  afterEach(() => place.close());

  const status = async (...words: string[]) => {
    const result = await publisher.run('status', ...words, '--output', 'json');
    return { ...result, repositories: (result.json['repositories'] ?? []) as readonly Repository[] };
  };
  const states = (repository: Repository | undefined): unknown =>
    Object.fromEntries(repository?.roles.map(({ role, state }) => [role, state]) ?? []);

  it('shows every repository that was seen, with whose key is here', async () => {
    const { exit, repositories } = await status();
    expect(exit).toBe(0);
    expect(repositories.map(({ gun, seen }) => [gun, seen])).toEqual([
      [place.gun, 'now'],
      [other, 'now'],
    ]);
    expect(states(repositories[0])).toEqual({ root: 'ok', targets: 'ok', releases: 'ok', snapshot: 'ok', timestamp: 'ok' });
    expect(repositories[0]?.roles[0]).toMatchObject({ role: 'root', by: 'people', keys: [{ here: true }] });
    expect(repositories[0]?.roles.at(-1)).toMatchObject({ role: 'timestamp', by: 'server', keys: [{ here: false }] });
  });

  it('ends with 13 from the warning day on, and with 0 once it is renewed', async () => {
    passed = 340;
    const due = await status(place.gun);
    expect(due).toMatchObject({
      exit: 13,
      json: { ok: false, code: 'due', next: expect.stringContaining(`countersign renew ${place.gun}`) },
    });
    expect(states(due.repositories[0])).toMatchObject({ root: 'ok', targets: 'due', releases: 'due' });
    expect((await status(place.gun, '--warn-days', '20')).exit).toBe(0);
    expect((await status(place.gun, '--warn-days', '500')).repositories[0]?.roles[0]).toMatchObject({ role: 'root', state: 'due' });
    expect((await publisher.run('renew', place.gun)).exit).toBe(0);
    expect((await status(place.gun)).exit).toBe(0);
    expect((await status()).exit).toBe(13);
  });

  it('tells what has expired, and does not end there', async () => {
    passed = 400;
    const { exit, repositories } = await status();
    expect([exit, repositories.length]).toEqual([13, 2]);
    expect(states(repositories[1])).toMatchObject({ root: 'ok', targets: 'expired', releases: 'expired', timestamp: 'ok' });
    const text = await publisher.run('status', other);
    expect(text.stdout).toMatch(/\n\S+ +targets +v1 +\S+Z +expired +1 of repository \S+ \([0-9a-f]{16}\) here\n/);
    expect(text.stderr).toContain('targets of');
  });

  it('shows what was seen last where no server answers, and what is late in it', async () => {
    await status();
    publisher.env['COUNTERSIGN_SERVER'] = 'http://127.0.0.1:1';
    const quiet = await status();
    expect(quiet.exit).toBe(20);
    expect(quiet.repositories[0]).toMatchObject({ seen: 'last', problem: { code: 'unreachable' } });
    expect(states(quiet.repositories[0])).toEqual({ root: 'ok', targets: 'unknown' });
    passed = 720;
    expect((await status()).exit).toBe(13);
  });

  it('shows one that cannot be read beside the others', async () => {
    await status();
    const [folder = ''] = (await readdir(join(publisher.trustDir, 'state'))).filter((name) => /^[0-9a-f]{64}$/.test(name)).sort();
    const home = join(publisher.trustDir, 'state', folder);
    for (const name of await readdir(home)) await writeFile(join(home, name), '{}');
    const { exit, repositories, stderr } = await status();
    // Both are pinned, so both are known; the memory of one is damaged.
    expect(repositories.map(({ roles }) => roles.length).sort()).toEqual([0, 5]);
    expect(repositories.find(({ roles }) => roles.length === 0)?.problem?.code).toBe('damaged-state');
    expect(exit).toBe(1);
    expect(stderr).toContain('unusable: ');
  });

  it('uses a pin of the command for one repository alone', async () => {
    publisher.env['COUNTERSIGN_ROOT_PIN'] = `sha256:${'0'.repeat(64)}@1`;
    expect((await status()).stderr).toContain('COUNTERSIGN_ROOT_PIN is for one repository');
    expect((await status(place.gun)).exit).toBe(18);
    expect((await status(place.gun, other, '--root-pin', `sha256:${'0'.repeat(64)}@1`)).exit).toBe(2);
  });

  it('says so where nothing is known', async () => {
    publisher.env['COUNTERSIGN_TRUST_DIR'] = join(publisher.folder, 'fresh');
    expect(await status()).toMatchObject({ exit: 0, repositories: [], stderr: expect.stringContaining('knows no repository') });
  });
});

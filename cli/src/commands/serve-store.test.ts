// `serve` on a database that several servers share.
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { noPostgres, startPostgres, type TestPostgres } from '@countersign/testkit';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Machine, machine, type Running } from '../testing/machine.ts';

describe.skipIf(noPostgres !== undefined)(noPostgres ?? 'serve on a database', () => {
  let database: TestPostgres;
  let host: Machine;
  let running: Running[] = [];
  beforeAll(async () => {
    database = await startPostgres();
  });
  afterAll(() => database.stop());
  beforeEach(async () => {
    host = await machine();
  });
  afterEach(async () => {
    for (const server of running) server.stop();
    for (const server of running) await server.result;
    running = [];
    await host.remove();
  });

  const begin = async (...options: readonly string[]): Promise<string> => {
    const server = host.begin('serve', '--listen', '127.0.0.1:0', '--log', 'silent', ...options);
    running.push(server);
    return await server.firstLine;
  };

  it('shows at once on one server what was published on the other, and takes publishes on both', async () => {
    const url = await database.freshUrl();
    await writeFile(join(host.folder, 'store.url'), `${url}\n`);
    const one = await begin('--data', 'one', '--store-file', 'store.url');
    host.env = { ...host.env, COUNTERSIGN_STORE: url };
    const two = await begin('--data', 'two', '--master-key-file', 'one/master.key', '--unsafe-new-high-water');
    host.env = { ...host.env, COUNTERSIGN_SERVER: one };
    const { stdout: pin } = await host.run('init', 'files/tools');
    host.env = { ...host.env, COUNTERSIGN_SERVER: two };
    const ins = await host.run('inspect', 'files/tools', '--output', 'json');
    expect(ins.json).toMatchObject({ ok: true, pin: pin.trim() });
    await writeFile(join(host.folder, 'tool'), 'a tool');
    const signed = await host.run('sign', 'files/tools:tool', '--file', 'tool');
    expect(signed.exit, signed.stderr).toBe(0);
    host.env = { ...host.env, COUNTERSIGN_SERVER: one };
    expect((await host.run('list', 'files/tools')).stdout).toContain('tool');
  });

  it('can be backed up, checked and put back without a server, whole or not at all', async () => {
    const [one, two] = [await database.freshUrl(), await database.freshUrl()];
    await writeFile(join(host.folder, 'one.url'), `${one}\n`);
    await writeFile(join(host.folder, 'two.url'), `${two}\n`);
    const run = async (...argv: readonly string[]) => (await host.run(...argv, '--output', 'json')).json;
    const first = await begin('--data', 'one', '--store-file', 'one.url', '--high-water', 'marks');
    host.env = { ...host.env, COUNTERSIGN_SERVER: first };
    const { stdout: pin } = await host.run('init', 'files/tools');
    const made = await run('backup', '--store-file', 'one.url', '--to', 'live.tar');
    expect(made).toMatchObject({ ok: true, repositories: 1, records: 1 });
    expect(await run('fsck', '--store-file', 'one.url')).toMatchObject({ ok: true, repositories: 1, count: 0 });

    const into = ['restore', 'live.tar', '--store-file', 'two.url'] as const;
    expect(await run(...into, '--sha256', '0'.repeat(64))).toMatchObject({ ok: false, code: 'other-backup' });
    const tar = await readFile(join(host.folder, 'live.tar'));
    await writeFile(join(host.folder, 'torn.tar'), tar.subarray(0, tar.length - 4096));
    expect(await run('restore', 'torn.tar', '--store-file', 'two.url')).toMatchObject({ ok: false, code: 'damaged' });
    expect(await run('fsck', '--store-file', 'two.url')).toMatchObject({ ok: true, repositories: 0, records: 0 });
    expect(await run(...into, '--sha256', `sha256:${made['sha256']}`)).toMatchObject({ ok: true, repositories: 1, sha256: made['sha256'] });
    expect(await run('fsck', '--store-file', 'two.url')).toMatchObject({ ok: true, repositories: 1, count: 0 });
    expect(await run(...into)).toMatchObject({ ok: false, code: 'store-exists' });
    for (const wrong of [['--data', 'one'], ['--force']]) expect((await host.run(...into, ...wrong)).exit).toBe(2);

    host.env = {
      ...host.env,
      COUNTERSIGN_SERVER: await begin('--data', 'one', '--store-file', 'two.url', '--high-water', 'other-marks', '--unsafe-new-high-water'),
    };
    expect(await run('inspect', 'files/tools')).toMatchObject({ ok: true, pin: pin.trim() });
    await writeFile(join(host.folder, 'tool'), 'a tool');
    expect(await run('sign', 'files/tools:tool', '--file', 'tool')).toMatchObject({ ok: true });
    // The database that the backup was made of is now the older one.
    const held = (name: string) => run('fsck', '--store-file', name, '--high-water', 'other-marks');
    expect(await held('two.url')).toMatchObject({ ok: true, marks: 1, count: 0 });
    const behind = { gun: 'files/tools', text: expect.stringContaining('an old copy was restored') };
    expect(await held('one.url')).toMatchObject({ code: 'damaged-store', findings: [behind] });
  });

  it('restores nowhere by chance where a variable names the database of a server', async () => {
    host.env = { ...host.env, COUNTERSIGN_STORE: 'postgres://user:not-this-one@host/db' };
    await writeFile(join(host.folder, 'bad.url'), 'postgres://user:not#this-one@host/db');
    expect((await host.run('restore', 'one.tar', '--store-file', 'bad.url', '--output', 'json')).json).toMatchObject({
      code: 'invalid-config',
    });
    const restored = await host.run('restore', 'one.tar');
    expect([restored.exit, restored.stderr]).toEqual([2, expect.stringContaining('--store-file')]);
    expect(restored.stderr).not.toContain('not-this-one');
  });

  it('goes on reading while its database is gone, says so, and needs no restart when it is back', async () => {
    await writeFile(join(host.folder, 'store.url'), `${await database.freshUrl()}\n`);
    const url = await begin('--data', 'one', '--store-file', 'store.url');
    host.env = { ...host.env, COUNTERSIGN_SERVER: url };
    await host.run('init', 'files/tools');
    await writeFile(join(host.folder, 'tool'), 'a tool');
    const timestamp = async (): Promise<number> => (await fetch(`${url}/v2/files/tools/_trust/metadata/timestamp.json`)).status;
    const sign = () => host.run('sign', 'files/tools:tool', '--file', 'tool', '--output', 'json');
    expect(await timestamp()).toBe(200);
    await database.halt();
    try {
      expect(await timestamp()).toBe(200);
      const ready = await fetch(`${url}/readyz`);
      expect([ready.status, await ready.json()]).toEqual([503, { status: 'not-ready', reasons: ['store-unreachable'] }]);
      expect(await sign()).toMatchObject({ exit: 20, json: { ok: false, code: 'unavailable' } });
    } finally {
      await database.resume();
    }
    await expect.poll(async () => (await fetch(`${url}/readyz`)).status, { timeout: 15_000, interval: 100 }).toBe(200);
    expect(await sign()).toMatchObject({ exit: 0, json: { ok: true } });
  });

  it('takes no password from the list of processes, and tells none', async () => {
    const url = await database.freshUrl();
    const refused = await host.run('serve', '--store', url);
    expect([refused.exit, refused.stderr]).toEqual([2, expect.stringContaining('password')]);
    host.env = { ...host.env, COUNTERSIGN_STORE: url.replace('of-a-test', 'not-this-one') };
    const wrong = await host.run('serve', '--listen', '127.0.0.1:0', '--data', 'data');
    expect(wrong.exit).toBe(1);
    host.env = { ...host.env, COUNTERSIGN_STORE: 'mysql://user:not-this-one@host/db' };
    const other = await host.run('serve', '--listen', '127.0.0.1:0', '--data', 'data');
    expect([other.exit, other.stderr]).toEqual([2, expect.stringContaining('postgres://')]);
    host.env = { ...host.env, COUNTERSIGN_SERVE_STORE: url };
    const two = await host.run('serve', '--listen', '127.0.0.1:0', '--data', 'data');
    expect([two.exit, two.stderr]).toEqual([2, expect.stringContaining('two that differ')]);
    for (const { stdout, stderr } of [refused, wrong, other, two, await host.run('env')]) {
      expect(`${stdout}${stderr}`).not.toMatch(/of-a-test|not-this-one/);
    }
  });
});

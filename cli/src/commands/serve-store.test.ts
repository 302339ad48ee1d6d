// `serve` on a database that several servers share.
import { writeFile } from 'node:fs/promises';
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
    for (const { stdout, stderr } of [refused, wrong, other, await host.run('env')]) {
      expect(`${stdout}${stderr}`).not.toMatch(/of-a-test|not-this-one/);
    }
  });
});

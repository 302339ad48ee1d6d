import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { LIES, lyingServer } from '../testing/lying-server.ts';
import { type Machine, machine, type Running } from '../testing/machine.ts';

describe('doctor', () => {
  let host: Machine;
  let running: Running | undefined;
  beforeEach(async () => {
    host = await machine();
  });
  afterEach(async () => {
    running?.stop();
    await running?.result;
    running = undefined;
    await host.remove();
  });

  const grades = (json: unknown): Readonly<Record<string, string>> => {
    const findings = typeof json === 'object' && json !== null && 'findings' in json && Array.isArray(json.findings) ? json.findings : [];
    return Object.fromEntries(findings.map(({ check, grade }: { check: string; grade: string }) => [check, grade]));
  };
  const begin = async (...more: string[]): Promise<string> => {
    running = host.begin('serve', '--listen', '127.0.0.1:0', '--data', 'data', '--log', 'silent', ...more);
    return await running.firstLine;
  };

  it('finds nothing wrong with a server that was just started, and says that it is open to this machine', async () => {
    host.env = { ...host.env, COUNTERSIGN_SERVER: await begin() };
    await host.run('init', 'files/tools');
    const { exit, json } = await host.run('doctor', '--data', 'data', '--output', 'json');
    expect(exit).toBe(0);
    expect(grades(json)).toMatchObject({
      reachable: 'good',
      clock: 'good',
      ready: 'good',
      access: 'soon',
      expiry: 'good',
      'data-folder': 'good',
    });
    expect(grades(json)).toMatchObject({ 'master-key': 'good' });
  });

  it('names what is wrong with a folder, and what to do, with status 1', async () => {
    const data = join(host.folder, 'data');
    await mkdir(data, { mode: 0o700 });
    for (const name of ['master.key', 'high-water']) await writeFile(join(data, name), '');
    await chmod(data, 0o755);
    await chmod(join(data, 'master.key'), 0o644);
    const { exit, json } = await host.run('doctor', '--data', 'data', '--output', 'json');
    expect([exit, json]).toMatchObject([1, { ok: false, code: 'unhealthy' }]);
    expect(grades(json)).toMatchObject({ 'data-folder': 'bad', 'master-key': 'bad', 'high-water': 'bad' });
    expect((await host.run('doctor', '--data', 'data')).stdout).toContain(`chmod 700 ${data}`);
  });

  it.skipIf(process.platform === 'win32')(
    'tells of a passphrase that others may read, with the remedy, and calls it no failure',
    async () => {
      const [data, secret] = [join(host.folder, 'data'), join(host.folder, 'secret')];
      await mkdir(data, { mode: 0o700 });
      await writeFile(join(data, 'master-key.json'), '', { mode: 0o600 });
      await writeFile(secret, 'correct horse\n', { mode: 0o644 });
      host.env = { ...host.env, COUNTERSIGN_PASSPHRASE_FILE: 'secret' };
      const told = await host.run('doctor', '--data', 'data', '--output', 'json');
      expect([told.exit, grades(told.json)]).toMatchObject([0, { 'passphrase-file': 'soon', 'master-key': 'good' }]);
      expect((await host.run('doctor', '--data', 'data')).stdout).toContain(`chmod 600 ${secret}`);
      await chmod(secret, 0o600);
      await chmod(join(data, 'master-key.json'), 0o640);
      const closed = await host.run('doctor', '--data', 'data', '--output', 'json');
      expect([closed.exit, grades(closed.json)]).toMatchObject([1, { 'passphrase-file': 'good', 'master-key': 'bad' }]);
    },
  );

  it.skipIf(process.platform === 'win32')('leaves it to a notice of the signing service, too, which goes on', async () => {
    const [key, secret] = [join(host.folder, 'master.key'), join(host.folder, 'secret')];
    await writeFile(key, `${'ab'.repeat(32)}\n`, { mode: 0o600 });
    await writeFile(secret, 'correct horse\n', { mode: 0o644 });
    const take = async (data: string) =>
      await host.run('signing-service', 'take-over', '--data', data, '--master-key-file', key, '--passphrase-file', 'secret');
    expect(await take('one')).toMatchObject({
      exit: 0,
      stderr: expect.stringContaining(`notice: others may read the passphrase in ${secret} (0644): chmod 600 ${secret}\n`),
    });
    await chmod(secret, 0o600);
    expect(await take('two')).toMatchObject({ exit: 0, stderr: expect.not.stringContaining('notice') });
  });

  it('tells a server that is gone, one that is none, and one whose clock is wrong', async () => {
    const other = await lyingServer((request, response) => LIES['a web page']?.(request, response));
    const wrong = await lyingServer((_, response) => void response.writeHead(200, { date: 'Sat, 01 Jan 2000 00:00:00 GMT' }).end('{}'));
    const sick = await lyingServer((request, response) => {
      const ready = request.url !== '/readyz';
      response.writeHead(ready ? 200 : 503).end(ready ? '{"repositories":[]}' : '{"status":"not-ready","reasons":["disk-full"]}');
    });
    try {
      expect(grades((await host.run('doctor', '--server', wrong.url, '--output', 'json')).json)).toMatchObject({ clock: 'bad' });
      const told = await host.run('doctor', '--server', sick.url);
      expect([told.exit, told.stdout]).toEqual([1, expect.stringMatching(/disk-full +make room/)]);
    } finally {
      await Promise.all([other.close(), wrong.close(), sick.close()]);
    }
    const gone = await host.run('doctor', '--server', other.url, '--output', 'json');
    expect([gone.exit, grades(gone.json)]).toEqual([1, { reachable: 'bad' }]);
    // Refused before anything is sent: an address of documentation (RFC 5737).
    expect((await host.run('doctor', '--server', 'http://192.0.2.1')).stdout).toContain('name it with https');
    expect((await host.run('doctor')).exit).toBe(2);
  });
});

import { createHash } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Machine, machine, type Running } from '../testing/machine.ts';

describe('serve', () => {
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

  const begin = async (...options: readonly string[]): Promise<string> => {
    running = host.begin('serve', '--listen', '127.0.0.1:0', '--log', 'silent', ...options);
    return running.firstLine;
  };

  it('prints its url when it is ready, answers, and stops with 0 when asked to', async () => {
    const url = await begin();
    expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
    expect((await fetch(`${url}/_countersign/v1/health`)).status).toBe(200);
    running?.stop();
    expect(await running?.result).toMatchObject({ exit: 0, stderr: expect.stringContaining('stopped') });
    await expect(fetch(url)).rejects.toThrow('fetch failed');
  });

  it('says the same as one line of JSON', async () => {
    const line: unknown = JSON.parse(await begin('--output', 'json'));
    expect(line).toMatchObject({ schema: 1, ok: true, url: expect.stringMatching(/^http:/), data: join(host.trustDir, 'server') });
  });

  it('keeps what was published across a restart, and lets one process have the folder', async () => {
    host.env = { ...host.env, COUNTERSIGN_SERVER: await begin('--data', 'data') };
    const { stdout: pin } = await host.run('init', 'files/tools');
    const second = await host.run('serve', '--listen', '127.0.0.1:0', '--data', 'data', '--log', 'silent');
    expect(second).toMatchObject({ exit: 1, stderr: expect.stringContaining('--data') });
    running?.stop();
    await running?.result;
    host.env = { ...host.env, COUNTERSIGN_SERVER: await begin('--data', 'data') };
    const inspected = await host.run('inspect', 'files/tools', '--output', 'json');
    expect(inspected.json).toMatchObject({ ok: true, pin: pin.trim() });
  });

  it.each([
    [['--listen', 'everywhere'], 'listen'],
    [['--timestamp-expiry', 'soon'], 'timestampExpiry'],
    [['--listen', '0.0.0.0:0'], 'access'],
    [['--tls-cert', 'a.pem'], 'tlsKey'],
    [['--config', 'absent.json'], 'absent.json'],
    [['--access', 'absent.json'], 'absent.json'],
  ])('refuses %j', async (options, named) => {
    const result = await host.run('serve', '--data', 'data', '--log', 'silent', ...options);
    expect(result).toMatchObject({ exit: 2, stdout: '', stderr: expect.stringContaining(named) });
  });

  it('refuses a configuration with a member that it does not know, and lets options win over it', async () => {
    const config = join(host.folder, 'server.json');
    await writeFile(config, JSON.stringify({ data: join(host.folder, 'from-file'), listenn: 'x' }));
    expect((await host.run('serve', '--config', 'server.json')).exit).toBe(2);
    await writeFile(config, JSON.stringify({ data: join(host.folder, 'from-file'), listen: '127.0.0.1:1' }));
    const line: unknown = JSON.parse(await begin('--config', 'server.json', '--output', 'json'));
    expect(line).toMatchObject({ data: join(host.folder, 'from-file') });
  });

  it('asks for a token where an access file says so, and gets it from nothing but COUNTERSIGN_TOKEN', async () => {
    const sha256 = createHash('sha256').update('s3cret').digest('hex');
    await writeFile(join(host.folder, 'access.json'), JSON.stringify([{ sha256, guns: ['files/**'], actions: ['pull', 'push'] }]));
    host.env = { ...host.env, COUNTERSIGN_SERVER: await begin('--access', 'access.json') };
    const refused = await host.run('init', 'files/tools', '--output', 'json');
    expect(refused.json).toMatchObject({ exit: 4, code: 'auth', next: expect.stringContaining('COUNTERSIGN_TOKEN') });
    expect((await host.run('key', 'list')).stdout).toBe('');
    host.env = { ...host.env, COUNTERSIGN_TOKEN: 's3cret' };
    expect((await host.run('init', 'files/tools')).exit).toBe(0);
    expect((await host.run('history', 'files/tools')).exit).toBe(0);
    expect((await host.run('init', 'others/tools')).exit).toBe(4);
    host.env = { ...host.env, COUNTERSIGN_TOKEN: 'wrong' };
    expect((await host.run('list', 'files/tools')).exit).toBe(4);
  });
});

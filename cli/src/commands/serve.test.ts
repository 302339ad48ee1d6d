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

  it('refuses several processes on a data folder, where there is room for one', async () => {
    const outcome = await host.run('serve', '--listen', '127.0.0.1:0', '--workers', '2');
    expect(outcome).toMatchObject({ exit: 2, stderr: expect.stringContaining('workers: wanted 1') });
    expect(await host.run('serve', '--workers', 'two')).toMatchObject({ exit: 2, stderr: expect.stringContaining('workers: ') });
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

  describe('with the configuration of a notary-server', () => {
    const write = (value: unknown): Promise<void> => writeFile(join(host.folder, 'server-config.json'), JSON.stringify(value));
    const refused = async (...options: readonly string[]): Promise<string> => {
      const result = await host.run('serve', '--data', 'data', '--log', 'silent', '--notary-config', 'server-config.json', ...options);
      expect(result).toMatchObject({ exit: 2, stdout: '' });
      return result.stderr;
    };

    it('starts, and says in one line each what has another meaning here', async () => {
      await write({ storage: { backend: 'memory' }, trust_service: { type: 'local' } });
      const line: unknown = JSON.parse(await begin('--data', 'data', '--notary-config', 'server-config.json', '--output', 'json'));
      expect(line).toMatchObject({ ok: true, notices: [{ setting: 'storage.backend' }, { setting: 'trust_service.type' }] });
      running?.stop();
      const said = (await running?.result)?.stderr.split('\n').filter((text) => text.includes('notice: '));
      expect(said).toEqual([expect.stringContaining('notice: storage.backend: '), expect.stringContaining('notice: trust_service.type: ')]);
    });

    it('lets options and variables win over it', async () => {
      await write({ server: { http_addr: ':4443' } });
      host.env = { ...host.env, NOTARY_SERVER_REPOSITORIES_GUN_PREFIXES: 'docker.io/' };
      const url = await begin('--notary-config', 'server-config.json');
      expect((await fetch(`${url}/v2/docker.io/app/_trust/metadata/timestamp.key`)).status).toBe(200);
      for (const other of ['docker.iot/app', 'registry.example.com/app'])
        for (const path of ['root.json', 'timestamp.key', ''])
          expect((await fetch(`${url}/v2/${other}/_trust/metadata/${path}`, { method: path === '' ? 'POST' : 'GET' })).status).toBe(404);
    });

    it('refuses, naming the setting', async () => {
      await write({ server: { http_addr: '127.0.0.1:0' }, auth: { type: 'htpasswd' } });
      expect(await refused()).toContain('auth.type');
      await write({ server: { http_addr: '127.0.0.1:0' }, auths: {} });
      expect(await refused()).toContain('auths');
      const options = { realm: 'https://a.example', service: 's', issuer: 'i', rootcertbundle: 'absent.pem' };
      await write({ auth: { type: 'token', options } });
      expect(await refused('--listen', '127.0.0.1:0')).toContain('absent.pem');
    });

    it('does not listen where others reach it and everybody may do everything, as it would there', async () => {
      await write({ server: { http_addr: ':0' } });
      expect(await refused()).toContain('access');
    });

    it('refuses what stands in a configuration of ours as well', async () => {
      await write({});
      await writeFile(join(host.folder, 'server.json'), JSON.stringify({ notary: {} }));
      expect(await refused('--config', 'server.json')).toContain('notary');
    });
  });
});

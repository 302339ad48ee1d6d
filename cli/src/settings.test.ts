import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createHttp } from '@countersign/http';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type LyingServer, lyingServer } from './testing/lying-server.ts';
import { type Machine, machine } from './testing/machine.ts';
import { type Town, town } from './testing/town.ts';

describe('the trust server', () => {
  let host: Machine;
  let asked: string[];
  beforeEach(async () => {
    host = await machine();
    asked = [];
    // Which server is asked is all that counts: nobody is.
    host.http = (options) => ({
      ...createHttp(options),
      async send({ url }) {
        asked.push(url.origin);
        return { status: 500, headers: new Map(), body: new Uint8Array(), url, address: '127.0.0.1' };
      },
    });
    await mkdir(host.trustDir, { recursive: true });
  });
  afterEach(() => host.remove());

  const list = async (gun: string, ...options: readonly string[]): Promise<string> => {
    const { stderr } = await host.run('list', gun, '--unsafe-first-use', ...options);
    return asked.pop() ?? stderr;
  };
  const config = (value: object) => writeFile(join(host.trustDir, 'config.json'), JSON.stringify({ schema: 1, ...value }));

  it('is the first of option, variable, configuration, the variable of docker, and the host of the name', async () => {
    const gun = 'registry.example.com/team/app';
    expect(await list(gun)).toBe('https://registry.example.com');
    host.env = { ...host.env, DOCKER_CONTENT_TRUST_SERVER: 'https://docker.example.com' };
    expect(await list(gun)).toBe('https://docker.example.com');
    await config({
      servers: { 'registry.example.com': 'https://whole.example.com', 'registry.example.com/team': 'https://team.example.com' },
    });
    expect(await list(gun)).toBe('https://team.example.com');
    expect(await list('registry.example.com/teams/app')).toBe('https://whole.example.com');
    host.env = { ...host.env, COUNTERSIGN_SERVER: 'https://variable.example.com' };
    expect(await list(gun)).toBe('https://variable.example.com');
    expect(await list(gun, '--server', 'https://option.example.com')).toBe('https://option.example.com');
  });

  it('is the one of the policy file, whatever an option says', async () => {
    const rules = [{ match: '**', action: 'verify', server: 'https://policy.example.com' }];
    await writeFile(join(host.trustDir, 'policy.json'), JSON.stringify({ schema: 1, rules }));
    expect(await list('registry.example.com/app', '--server', 'https://option.example.com')).toBe('https://policy.example.com');
  });

  it('is not asked at all while the policy file or its folder is a link that leads nowhere', async () => {
    const policy = join(host.trustDir, 'policy.json');
    await symlink(join(host.folder, 'not-mounted', 'policy.json'), policy);
    expect(await host.run('list', 'a.example/b', '--unsafe-first-use')).toMatchObject({ exit: 1, stderr: expect.stringContaining(policy) });
    await symlink(join(host.folder, 'not-mounted'), join(host.folder, 'etc'));
    host.env = { ...host.env, COUNTERSIGN_TRUST_DIR: undefined, XDG_CONFIG_HOME: host.folder };
    await symlink(join(host.folder, 'not-mounted'), join(host.folder, 'countersign'));
    expect((await host.run('list', 'a.example/b', '--unsafe-first-use')).exit).toBe(1);
    expect(asked).toEqual([]);
  });

  it.each(['trust.example.com', 'ftp://trust.example.com', 'https://ann:pw@trust.example.com', 'https://'])('is not %s', async (url) => {
    expect(await host.run('list', 'a.example/b', '--server', url)).toMatchObject({ exit: 2, stdout: '' });
    expect(asked).toEqual([]);
  });
});

describe('the format of a repository', () => {
  const gun = 'registry.example.com/team/app';
  let host: Machine;
  let asked: string[];
  beforeEach(async () => {
    host = await machine();
    host.env = { ...host.env, COUNTERSIGN_SERVER: 'https://trust.example.com' };
    asked = [];
    host.http = (options) => ({
      ...createHttp(options),
      async send({ url }) {
        asked.push(url.pathname);
        return { status: 404, headers: new Map(), body: new Uint8Array(), url, address: '127.0.0.1' };
      },
    });
    await mkdir(host.trustDir, { recursive: true });
  });
  afterEach(() => host.remove());
  const file = (name: string, value: object) => writeFile(join(host.trustDir, name), JSON.stringify({ schema: 1, ...value }));
  const first = async (name: string, ...options: readonly string[]): Promise<string> => {
    asked = [];
    const { stderr } = await host.run('list', name, '--unsafe-first-use', ...options);
    return asked[0] ?? stderr;
  };
  const [TUF, NOTARY] = [`/v2/${gun}/_trust/metadata/1.root.json`, `/v2/${gun}/_trust/tuf/1.root.json`];

  it('is the first of policy, option, variable and configuration, and TUF where none of them speaks', async () => {
    expect(await first(gun)).toBe(TUF);
    await file('config.json', { servers: { 'registry.example.com': { url: 'https://whole.example.com', dialect: 'notary' } } });
    expect(await first(gun)).toBe(NOTARY);
    host.env = { ...host.env, COUNTERSIGN_DIALECT: 'tuf' };
    expect(await first(gun)).toBe(TUF);
    expect(await first(gun, '--dialect', 'notary')).toBe(NOTARY);
    await file('policy.json', { rules: [{ match: '**', action: 'verify', dialect: 'tuf' }] });
    expect(await first(gun, '--dialect', 'notary')).toBe(TUF);
  });

  it('leads images of Docker Hub to the server that docker asks for them', async () => {
    host.env = { ...host.env, COUNTERSIGN_SERVER: undefined };
    const { stderr } = await host.run('list', 'docker.io/library/alpine', '--unsafe-first-use', '--dialect', 'notary');
    expect(stderr).toContain('notary.docker.io was asked');
  });

  it('is never guessed: a server that knows the other one only has nothing', async () => {
    await host.run('list', gun, '--unsafe-first-use');
    expect(asked.filter((path) => !path.includes('/_trust/metadata/'))).toEqual([]);
  });

  it('is named by next steps as it was named', async () => {
    const { exit, stderr } = await host.run('list', gun, '--dialect', 'notary');
    expect({ exit, stderr }).toEqual({
      exit: 18,
      stderr: expect.stringContaining(`countersign trust pin ${gun} --dialect notary sha256:HEX@N`),
    });
  });

  it('decides which names there are', async () => {
    expect(await first('Team/My App?')).toContain('wanted a repository name');
    expect(await first('Team/My App?', '--dialect', 'notary')).toBe('/v2/Team/My%20App%3F/_trust/tuf/1.root.json');
    expect(await first('Team/*', '--dialect', 'notary')).toContain('wanted a repository name');
  });

  it.each(['TUF', 'docker'])('is not %s', async (said) => {
    host.env = { ...host.env, COUNTERSIGN_DIALECT: said };
    expect(await host.run('list', gun)).toMatchObject({ exit: 2, stderr: expect.stringContaining('wanted tuf or notary') });
    expect(asked).toEqual([]);
  });

  it('has pins of its own', async () => {
    const [one, other] = [`sha256:${'a'.repeat(64)}@1`, `sha256:${'b'.repeat(64)}@1`];
    expect((await host.run('trust', 'pin', gun, one)).exit).toBe(0);
    expect((await host.run('trust', 'pin', gun, other)).exit).toBe(18);
    expect((await host.run('trust', 'pin', gun, other, '--dialect', 'notary')).exit).toBe(0);
    const { json } = await host.run('trust', 'show', '--output', 'json');
    expect(json['pins']).toMatchObject([
      { gun, pin: one, dialect: 'tuf' },
      { gun, pin: other, dialect: 'notary' },
    ]);
    await host.run('trust', 'forget', gun, '--yes', '--dialect', 'notary');
    expect((await host.run('trust', 'show', '--output', 'json')).json['pins']).toMatchObject([{ pin: one }]);
  });
});

describe('env', () => {
  it('shows what is in force, and no secret', async () => {
    const host = await machine();
    host.env = { ...host.env, COUNTERSIGN_TOKEN: 'hunter2', COUNTERSIGN_PASSPHRASE: 'hunter2', COUNTERSIGN_SERVER: 'https://t.example' };
    const { stdout } = await host.run('env');
    expect(stdout).toMatch(/COUNTERSIGN_TOKEN +\(set\)/);
    expect(stdout).toContain('https://t.example');
    expect(stdout).toContain(join(host.trustDir, 'keys'));
    expect(`${stdout}${(await host.run('env', '--output', 'json')).stdout}`).not.toContain('hunter2');
    await host.remove();
  });

  it('says so when there is no home folder, and never guesses one', async () => {
    const host = await machine();
    host.env = {};
    host.home = undefined;
    expect((await host.run('env', '--output', 'json')).json).toMatchObject({ exit: 2, code: 'no-folder' });
    expect((await host.run('env', '--trust-dir', 'here')).stdout).toContain(join(host.folder, 'here', 'keys'));
    host.env = { XDG_CONFIG_HOME: 'relative' };
    expect((await host.run('env')).exit).toBe(2);
    await host.remove();
  });
});

describe('credentials', () => {
  let place: Town;
  beforeEach(async () => {
    place = await town();
  });
  afterEach(() => place.close());

  it('for the trust server go to no registry', async () => {
    const { publisher, registry } = place;
    publisher.env = { ...publisher.env, COUNTERSIGN_TOKEN: 's3cret' };
    await publisher.run('init', place.gun);
    expect((await publisher.run('sign', `${place.gun}:v1@${place.digests.v1}`)).exit).toBe(0);
    expect((await publisher.run('verify', `${place.gun}:v1`)).exit).toBe(0);
    expect(registry.requests.length).toBeGreaterThan(0);
    expect(registry.requests.filter(({ authorization }) => authorization !== undefined)).toEqual([]);
  });

  it('go to no server that only the name of an image leads to', async () => {
    const seen: unknown[] = [];
    const host = await machine();
    host.env = { ...host.env, COUNTERSIGN_TOKEN: 's3cret' };
    host.http = (options) => ({
      ...createHttp(options),
      async send({ url, headers }) {
        seen.push(url.host, headers);
        return { status: 401, headers: new Map(), body: new Uint8Array(), url, address: '127.0.0.1' };
      },
    });
    for (const words of [
      ['verify', 'a.example/b:v1', '--unsafe-first-use'],
      ['list', 'a.example/b', '--unsafe-first-use'],
      ['init', 'a.example/b'],
    ]) {
      const { exit, stderr } = await host.run(...words);
      expect([exit === 0, stderr]).toEqual([false, expect.stringContaining('COUNTERSIGN_TOKEN is not sent to a.example')]);
    }
    expect(seen).toContain('a.example');
    expect(JSON.stringify(seen)).not.toContain('s3cret');
    await host.run('list', 'a.example/b', '--unsafe-first-use', '--server', 'https://a.example');
    expect(JSON.stringify(seen)).toContain('Bearer s3cret');
    await host.remove();
  });

  it('and mirrors of the configuration need no option', async () => {
    const { publisher, registry } = place;
    await publisher.run('init', place.gun);
    await publisher.run('sign', `${place.gun}:v1@${place.digests.v1}`);
    const mirror = `localhost:${registry.host.split(':')[1]}`;
    await writeFile(
      join(publisher.trustDir, 'config.json'),
      JSON.stringify({ schema: 1, mirrors: { [`${mirror}/team`]: `${registry.host}/team` } }),
    );
    expect(await publisher.run('verify', `${mirror}/team/app:v1`)).toMatchObject({
      exit: 0,
      stdout: `${mirror}/team/app@${place.digests.v1}\n`,
    });
  });
});

describe('a command that is interrupted', () => {
  let silent: LyingServer;
  afterEach(() => silent.close());

  it('ends at once with 130', async () => {
    const host = await machine();
    const arrived = new Promise<void>((resolve) => {
      void lyingServer(() => resolve()).then((server) => {
        silent = server;
      });
    });
    await expect.poll(() => silent?.url).toBeDefined();
    const running = host.begin('list', 'files/tools', '--server', silent.url, '--unsafe-first-use', '--output', 'json');
    await arrived;
    running.stop();
    const { exit, json } = await running.result;
    expect(exit).toBe(130);
    expect(json).toMatchObject({ ok: false, code: 'interrupted', exit: 130 });
    await host.remove();
  });
});

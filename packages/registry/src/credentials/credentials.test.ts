// Where credentials are found, and that their values stay out of every message.
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { type Credential, findCredentials } from '../index.ts';
import { normalKey } from './config-file.ts';

const base64 = (text: string): string => Buffer.from(text).toString('base64');
const auth = (text: string): { auth: string } => ({ auth: base64(text) });
const password = (username: string, secret: string): Credential => ({ kind: 'password', username, password: secret });

type Env = Readonly<Record<string, string>>;

/** Looks for a credential in files that are only in memory. */
function look(
  files: Readonly<Record<string, unknown>>,
  host: string,
  repository = 'team/app',
  env: Env = {},
): Promise<Credential | undefined> {
  const read = (path: string): Promise<Uint8Array | undefined> => {
    const content = files[path];
    return Promise.resolve(
      content === undefined ? undefined : Buffer.from(typeof content === 'string' ? content : JSON.stringify(content)),
    );
  };
  return findCredentials({ env, home: '/home/ann', helperTimeoutMs: 5000, read }).credentialFor(host, repository);
}

const DOCKER = '/home/ann/.docker/config.json';
const CONFIG_HOME = '/home/ann/.config/containers/auth.json';

describe('the files', () => {
  const one = (secret: string): unknown => ({ auths: { 'r.example': auth(`ann:${secret}`) } });
  const order: readonly [string, Env][] = [
    ['/named.json', { REGISTRY_AUTH_FILE: '/named.json' }],
    ['/docker/config.json', { DOCKER_CONFIG: '/docker' }],
    ['/run/1000/containers/auth.json', { XDG_RUNTIME_DIR: '/run/1000', DOCKER_CONFIG: '/docker' }],
    ['/xdg/containers/auth.json', { XDG_CONFIG_HOME: '/xdg' }],
    [DOCKER, {}],
    [CONFIG_HOME, {}],
  ];
  for (const [path, env] of order) {
    it(`are looked for at ${path}`, async () =>
      expect(await look({ [path]: one('pw') }, 'r.example', 'a', env)).toEqual(password('ann', 'pw')));
  }

  it('are asked in order, and the first that has something wins', async () => {
    const env = { REGISTRY_AUTH_FILE: '/named.json', DOCKER_AUTH_CONFIG: JSON.stringify(one('inline')) };
    const files = { '/named.json': one('named'), [DOCKER]: one('docker'), [CONFIG_HOME]: one('podman') };
    expect(await look(files, 'r.example', 'a', env)).toEqual(password('ann', 'inline'));
    expect(await look(files, 'r.example', 'a', { REGISTRY_AUTH_FILE: '/named.json' })).toEqual(password('ann', 'named'));
    expect(await look(files, 'r.example')).toEqual(password('ann', 'docker'));
    expect(await look({ ...files, [DOCKER]: { auths: { 'r.example': {} } } }, 'r.example')).toEqual(password('ann', 'podman'));
    expect(await look(files, 'other.example')).toBeUndefined();
  });

  it('may hold whatever else docker keeps there', async () => {
    const file = {
      HttpHeaders: { a: 'b' },
      psFormat: 'x',
      aliases: {},
      auths: { 'r.example': { ...auth('ann:pw'), email: 'x', more: [1] } },
    };
    expect(await look({ [DOCKER]: file }, 'r.example')).toEqual(password('ann', 'pw'));
  });
});

describe('an entry', () => {
  const entry = (value: unknown): Promise<Credential | undefined> => look({ [DOCKER]: { auths: { 'r.example': value } } }, 'r.example');

  it('holds a password, an identity token or a registry token', async () => {
    expect(await entry(auth('ann:p:w'))).toEqual(password('ann', 'p:w'));
    expect(await entry(auth('ann:pw\0\0'))).toEqual(password('ann', 'pw'));
    expect(await entry({ username: 'ann', password: 'pw' })).toEqual(password('ann', 'pw'));
    expect(await entry({ auth: base64('ann:'), identitytoken: 'idt' })).toEqual({ kind: 'identity-token', token: 'idt' });
    expect(await entry({ registrytoken: 'rt' })).toEqual({ kind: 'registry-token', token: 'rt' });
    expect(await entry({})).toBeUndefined();
  });

  it('is refused when it cannot be read, without a word of what it holds', async () => {
    for (const value of [
      { auth: '%hunter2%' },
      auth('hunter2'),
      { auth: 7 },
      { identitytoken: ['hunter2'] },
      'hunter2',
      { auth: '/w==' },
    ]) {
      const error: unknown = await entry(value).catch((caught: unknown) => caught);
      expect(error).toMatchObject({ code: 'bad-credentials' });
      expect(String(error)).not.toMatch(/hunter2|aHVudGVyMg/);
    }
  });

  it('is not reached in a file that is broken', async () => {
    for (const file of [
      '{"auths":{"hunter2":',
      '["hunter2"]',
      '{"auths":{},"auths":{}}',
      '{"auths":[]}',
      '{"credsStore":7}',
      '{"credHelpers":{"r.example":7}}',
    ]) {
      const error: unknown = await look({ [DOCKER]: file }, 'r.example').catch((caught: unknown) => caught);
      expect(error).toMatchObject({ code: 'bad-credentials' });
      expect(String(error)).toContain(DOCKER);
      expect(String(error)).not.toContain('hunter2');
    }
  });
});

describe('keys', () => {
  it('of one host are the same however docker and podman spell them', () => {
    for (const key of ['docker.io', 'https://index.docker.io/v1/', 'index.docker.io', 'index.docker.io/v1/', 'http://docker.io/']) {
      expect([key, normalKey(key)]).toEqual([key, 'docker.io']);
    }
    expect(normalKey('https://r.example:443/some/path')).toBe('r.example');
    expect(normalKey('r.example:5000/team/app/')).toBe('r.example:5000/team/app');
  });

  it('with a path win over those with a shorter one', async () => {
    const auths = {
      'r.example': auth('host:1'),
      'r.example/team': auth('team:2'),
      'r.example/team/app': auth('app:3'),
      'r.example/tea': auth('tea:4'),
    };
    const user = async (repository: string): Promise<unknown> => {
      const found = await look({ [CONFIG_HOME]: { auths } }, 'r.example', repository);
      return found?.kind === 'password' ? found.username : undefined;
    };
    expect(await Promise.all(['team/app/sub', 'team/app', 'team/other', 'team', 'teams/app', 'x'].map(user))).toEqual([
      'app',
      'app',
      'team',
      'team',
      'host',
      'host',
    ]);
  });

  it('of a longer or another host do not match', async () => {
    const auths = { 'r.example.evil.org': auth('a:b'), 'r.example:5000': auth('c:d'), example: auth('e:f'), __proto__x: auth('g:h') };
    for (const host of ['r.example', 'constructor', '__proto__']) expect(await look({ [DOCKER]: { auths } }, host)).toBeUndefined();
  });
});

describe('a credential helper', () => {
  const cleanup: string[] = [];
  afterEach(async () => {
    for (const path of cleanup.splice(0)) await rm(path, { recursive: true, force: true });
  });

  /** A folder with a docker configuration and a helper named `test` whose body is `script`. */
  async function world(
    config: unknown,
    script: string,
    helperTimeoutMs = 5000,
  ): Promise<(host: string, repository?: string) => Promise<Credential | undefined>> {
    const home = await mkdtemp(join(tmpdir(), 'countersign-helper-'));
    cleanup.push(home);
    const program = join(home, 'bin', 'docker-credential-test');
    await mkdir(dirname(program));
    await writeFile(program, `#!/bin/sh\n${script}\n`);
    await chmod(program, 0o755);
    await mkdir(join(home, '.docker'));
    await writeFile(join(home, '.docker', 'config.json'), JSON.stringify(config));
    const env = { PATH: `${join(home, 'bin')}:/usr/bin:/bin`, HOME: home };
    const source = findCredentials({ env, home, helperTimeoutMs });
    return (host, repository = 'team/app') => source.credentialFor(host, repository);
  }

  const store = { credsStore: 'test' };
  const echo = `read server; echo "{\\"ServerURL\\":\\"$server\\",\\"Username\\":\\"$1 $server\\",\\"Secret\\":\\"pw\\"}"`;

  it('is asked by the verb get with the server on its stdin', async () => {
    const find = await world(store, echo);
    expect(await find('r.example:5000')).toEqual(password('get r.example:5000', 'pw'));
    expect(await find('docker.io')).toEqual(password('get https://index.docker.io/v1/', 'pw'));
  });

  it('hands out an identity token under the user name <token>', async () => {
    const find = await world({ credHelpers: { 'r.example': 'test' } }, `echo '{"Username":"<token>","Secret":"idt"}'`);
    expect(await find('r.example')).toEqual({ kind: 'identity-token', token: 'idt' });
    expect(await find('other.example')).toBeUndefined();
  });

  it('that holds nothing leaves the word to the file', async () => {
    const config = { ...store, auths: { 'r.example': auth('ann:file') } };
    const find = await world(config, 'echo credentials not found in native keychain; exit 1');
    expect(await find('r.example')).toEqual(password('ann', 'file'));
    expect(await find('other.example')).toBeUndefined();
  });

  it('can be switched off for one host', async () => {
    const find = await world({ ...store, credHelpers: { 'r.example': '' }, auths: { 'r.example': auth('ann:file') } }, echo);
    expect(await find('r.example')).toEqual(password('ann', 'file'));
  });

  it('that fails is an error, with its message but never a secret', async () => {
    const failures: readonly [string, RegExp][] = [
      ['echo pass not initialized; exit 1', /failed: "pass not initialized"/],
      [`echo '{"Username":"a","Secret":"hunter2"}'; exit 1`, /docker-credential-test failed$/],
      [`echo 'hunter2'`, /wanted a JSON object/],
      [`echo '{"Username":"a","Secret":["hunter2"]}'`, /wanted Username and Secret/],
      [`head -c 200000 /dev/zero`, /said too much/],
    ];
    for (const [script, message] of failures) {
      const error: unknown = await (await world(store, script))('r.example').catch((caught: unknown) => caught);
      expect(error).toMatchObject({ code: 'bad-credentials', message: expect.stringMatching(message) });
      expect(String(error)).not.toContain('hunter2');
    }
  });

  it('that does not answer is stopped', async () => {
    const find = await world(store, 'exec sleep 60', 100);
    await expect(find('r.example')).rejects.toMatchObject({ code: 'bad-credentials', message: /did not answer in time/ });
  });

  it('that is not installed, or has a name of its own making, is an error', async () => {
    const missing = await world({ credsStore: 'absent' }, '');
    await expect(missing('r.example')).rejects.toMatchObject({ message: 'docker-credential-absent is not installed' });
    for (const name of ['../test', 'test; id', 'TEST', 'a/b', '$(id)']) {
      await expect((await world({ credsStore: name }, echo))('r.example')).rejects.toMatchObject({
        code: 'bad-credentials',
        message: /helper name/,
      });
    }
  });
});

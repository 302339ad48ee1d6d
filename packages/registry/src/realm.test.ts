// A hostile realm: the registry's challenge says where to fetch a token, and so where a password would go.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { networkInterfaces } from 'node:os';
import { portable } from '@countersign/core';
import { createHttp } from '@countersign/http';
import { type RegistryOptions, startRegistry, type TestRegistry } from '@countersign/testkit';
import { afterEach, describe, expect, it } from 'vitest';
import { type CredentialSource, createRegistry, noCredentials, PUBLIC_REALMS, type Realms, type Registry } from './index.ts';
import { checkRealm } from './realm.ts';

// An address of this machine that is not loopback, so that a registry can be farther away than its realm.
const outside = Object.values(networkInterfaces())
  .flat()
  .find((one) => one !== undefined && one.family === 'IPv4' && !one.internal)?.address;

const open: { close(): unknown }[] = [];
afterEach(async () => {
  for (const one of open.splice(0)) await one.close();
});

async function start(options: RegistryOptions = {}): Promise<TestRegistry> {
  const registry = await startRegistry(options);
  open.push(registry);
  return registry;
}

const ann: CredentialSource = { credentialFor: () => Promise.resolve({ kind: 'password', username: 'ann', password: 'hunter2' }) };

function client(credentials: CredentialSource, realms: Realms = new Map()): Registry {
  const timeouts = { connectMs: 2000, idleMs: 2000, totalMs: 5000 };
  const http = createHttp({
    plainHttp: 'loopback-only',
    timeouts,
    userAgent: 'test',
    lookup: (_name, options, callback) =>
      options.all === true ? callback(null, [{ address: '127.0.0.1', family: 4 }]) : callback(null, '127.0.0.1', 4),
  });
  open.push(http);
  return createRegistry({ http, credentials, plainHttp: 'loopback-only', crypto: portable(), realms, now: () => 0 });
}

const ask = (registry: TestRegistry, asking: Registry, reference = 'v1'): Promise<unknown> =>
  asking.manifest({ host: registry.host, repository: 'team/app', reference }).catch((error: unknown) => error);

const tokens = { mode: 'token', username: 'ann', password: 'hunter2', anonymous: 'pull' } as const;
const challenge = (realm: string): { status: number; headers: Record<string, string> } => ({
  status: 401,
  headers: { 'www-authenticate': `Bearer realm="${realm}",service="s"` },
});

describe('a realm', () => {
  it('on another host gets no credentials', async () => {
    const thief = await start({ auth: tokens });
    const realm = thief.realm.replace('127.0.0.1', 'auth.evil.example');
    const registry = await start({ intercept: () => challenge(realm) });
    expect(await ask(registry, client(ann))).toMatchObject({
      code: 'bad-realm',
      message: /auth\.evil\.example:\d+" is neither its own host nor listed/,
    });
    expect(thief.requests).toEqual([]);
  });

  it('on another host gets them once it is listed for that registry, and for no other', async () => {
    const auth = await start({ auth: tokens });
    const realm = auth.realm.replace('127.0.0.1', 'auth.example');
    const registry = await start({
      intercept: ({ headers }) => (headers.has('authorization') ? { status: 404, headers: {} } : challenge(realm)),
    });
    const listed = [new URL(realm).host];
    expect(await ask(registry, client(ann, new Map([['other.example', listed]])))).toMatchObject({ code: 'bad-realm' });
    expect(auth.requests).toEqual([]);
    expect(await ask(registry, client(ann, new Map([[registry.host, listed]])))).toMatchObject({ code: 'not-found' });
    expect(auth.requests).toMatchObject([{ server: 'realm', authorization: `Basic ${btoa('ann:hunter2')}` }]);
  });

  it('on another host is asked by someone who has no credentials to lose', async () => {
    const auth = await start({ auth: tokens });
    const realm = auth.realm.replace('127.0.0.1', 'auth.example');
    const registry = await start({
      intercept: ({ headers }) => (headers.has('authorization') ? { status: 404, headers: {} } : challenge(realm)),
    });
    expect(await ask(registry, client(noCredentials))).toMatchObject({ code: 'not-found' });
    expect(auth.requests).toMatchObject([{ authorization: undefined }]);
  });

  it('that changes while we run is refused, also back on the own host', async () => {
    let realm = '';
    const registry = await start({ intercept: () => challenge(realm), auth: tokens });
    const asking = client(ann);
    realm = registry.realm;
    await ask(registry, asking);
    const before = registry.requests.length;
    realm = `${registry.realm}/other`;
    expect(await ask(registry, asking)).toMatchObject({ code: 'bad-realm', message: /its token realm changed/ });
    expect(registry.requests.slice(before).filter(({ server }) => server === 'realm')).toEqual([]);
  });

  it('that redirects gets no credentials where it leads, and no answer from there counts', async () => {
    const thief = await start({ auth: tokens });
    const hop = await start({ intercept: () => ({ status: 307, headers: { location: thief.realm } }) });
    const registry = await start({ intercept: () => challenge(`http://${hop.host}/token`) });
    for (const credentials of [ann, noCredentials]) {
      expect(await ask(registry, client(credentials))).toMatchObject({ code: 'bad-realm', message: /leads elsewhere/ });
    }
    expect(thief.requests).toEqual([]);
  });

  it('that is reached through a redirect of the registry is not believed', async () => {
    const thief = await start({ auth: tokens });
    const registry = await start({
      intercept: () => ({ status: 307, headers: { location: `http://${thief.host}/v2/team/app/manifests/v1` } }),
    });
    expect(await ask(registry, client(ann))).toMatchObject({ code: 'auth', message: /wants credentials of its own/ });
    expect(thief.requests.map(({ authorization }) => authorization)).toEqual([undefined]);
  });

  it.skipIf(outside === undefined)('named by a registry from afar is not looked for on this machine, even for nothing', async () => {
    const victim = await start({ auth: tokens });
    const server = createServer((_request, response) => response.writeHead(401, challenge(victim.realm).headers).end());
    await new Promise<void>((resolve) => server.listen(0, outside, resolve));
    open.push({ close: () => [server.close(), server.closeAllConnections()] });
    const http = createHttp({
      plainHttp: 'unsafe-anywhere',
      timeouts: { connectMs: 2000, idleMs: 2000, totalMs: 5000 },
      userAgent: 'test',
    });
    open.push(http);
    const options = {
      http,
      credentials: noCredentials,
      plainHttp: 'unsafe-anywhere',
      crypto: portable(),
      realms: new Map(),
      now: () => 0,
    } as const;
    const host = `${outside}:${(server.address() as AddressInfo).port}`;
    const asked = createRegistry(options).manifest({ host, repository: 'team/app', reference: 'v1' });
    await expect(asked).rejects.toMatchObject({ code: 'bad-realm', message: /leads elsewhere/ });
    expect(victim.requests).toEqual([]);
  });

  it('that gives a token which would break out of its header is refused', async () => {
    for (const token of ['', 'a\r\nx: y', 'a b', 7, null]) {
      const hop = await start({ intercept: () => ({ status: 200, headers: {}, body: Buffer.from(JSON.stringify({ token })) }) });
      const registry = await start({ intercept: () => challenge(`http://${hop.host}/token`) });
      expect(await ask(registry, client(ann))).toMatchObject({ code: 'bad-reply' });
    }
  });
});

describe('the rule for realms', () => {
  const check = (
    host: string,
    registry: string,
    realm: string,
    carries: 'credentials' | 'nothing',
    realms: Realms = PUBLIC_REALMS,
  ): string => {
    try {
      return checkRealm({ host, registry: new URL(registry), realm, carries }, realms).href;
    } catch (error) {
      return error instanceof Error && 'code' in error ? String(error.code) : 'no code';
    }
  };

  it('lets credentials go to the own host and to listed ones', () => {
    const own = 'https://r.example:5000/v2/';
    for (const realm of ['https://r.example/token', 'https://r.example:5000/a?b=c', 'https://r.example:444/']) {
      expect(check('r.example:5000', own, realm, 'credentials')).toBe(realm);
    }
    const hub = 'https://registry-1.docker.io/v2/';
    expect(check('docker.io', hub, 'https://auth.docker.io/token', 'credentials')).toBe('https://auth.docker.io/token');
    expect(check('registry.gitlab.com', 'https://registry.gitlab.com/', 'https://gitlab.com/jwt/auth', 'credentials')).toBe(
      'https://gitlab.com/jwt/auth',
    );
    expect(check('r.example', 'https://r.example/', 'https://auth.docker.io/token', 'credentials')).toBe('bad-realm');
    expect(check('docker.io', hub, 'https://auth.docker.io:8443/token', 'credentials')).toBe('bad-realm');
  });

  it('refuses what only looks like the own host', () => {
    for (const realm of [
      'https://r.example.evil.org/',
      'https://evil.org/r.example',
      'https://sub.r.example/',
      'https://r.example@evil.org/',
      'https://evil.org#r.example',
    ]) {
      expect(check('r.example', 'https://r.example/', realm, 'credentials')).toBe('bad-realm');
    }
  });

  it('refuses plain http beside a registry on https, other schemes and no URL, with or without credentials', () => {
    for (const realm of [
      'http://r.example/token',
      'http://127.0.0.1/token',
      'ftp://r.example/',
      'file:///etc/passwd',
      '/token',
      '',
      'https://u:p@r.example/',
    ]) {
      for (const carries of ['credentials', 'nothing'] as const)
        expect(check('r.example', 'https://r.example/', realm, carries)).toBe('bad-realm');
    }
  });
});

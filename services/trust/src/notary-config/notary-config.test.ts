import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { encodeUtf8 } from '@countersign/core';
import { afterEach, describe, expect, it } from 'vitest';
import { parseServerConfig } from '../config.ts';
import { closeLaboratories, temporaryFolder } from '../testing/laboratory.ts';
import { SETTING_PATHS } from './known-settings.ts';
import { readNotaryConfig } from './read-notary-config.ts';
import { readSettings, type Variables } from './read-settings.ts';
import { translateSettings } from './translate.ts';

afterEach(closeLaboratories);

const FILE = '/etc/notary/server-config.json';
const text = (json: string, variables: Variables = {}) =>
  translateSettings(readSettings(encodeUtf8(json), FILE, variables), FILE, variables);
const read = (value: unknown, variables: Variables = {}) => text(JSON.stringify(value), variables);
const noticed = (value: unknown, variables: Variables = {}) => read(value, variables).notices.map(({ setting }) => setting);
const refused = (named: string) => expect.objectContaining({ code: 'invalid-config', message: expect.stringContaining(named) });

const OPTIONS = { realm: 'https://auth.example.com/token', service: 'notary', issuer: 'auth.example.com', rootcertbundle: '/etc/auth.pem' };
const AUTH = { type: 'token', options: OPTIONS };

describe('a configuration of notary-server', () => {
  it('with everything in it becomes one of ours', () => {
    const { settings, log, notices } = read({
      server: { http_addr: ':4443', tls_key_file: './server.key', tls_cert_file: '/tls/server.crt', client_ca_file: '../ca.pem' },
      trust_service: {
        type: 'remote',
        hostname: 'signer',
        port: 7899,
        key_algorithm: 'ecdsa',
        tls_ca_file: 'a',
        tls_client_cert: 'b',
        tls_client_key: 'c',
      },
      storage: { backend: 'mysql', db_url: 'user:s3cret@tcp(mysql:3306)/notary?parseTime=True' },
      auth: AUTH,
      caching: { max_age: { current_metadata: 0, consistent_metadata: '31536000' } },
      repositories: { gun_prefixes: ['docker.io/', 'My.Registry/Team/'] },
      logging: { level: 'WARNING' },
      reporting: { bugsnag: { api_key: 's3cret', release_stage: 'production' } },
    });
    expect(settings).toEqual({
      listen: '[::]:4443',
      tlsCert: '/tls/server.crt',
      tlsKey: '/etc/notary/server.key',
      tlsClientCa: '/etc/ca.pem',
      notary: {
        gunPrefixes: ['docker.io/', 'My.Registry/Team/'],
        maxAges: { current: 0, consistent: 31_536_000 },
        auth: { realm: OPTIONS.realm, service: 'notary', issuer: 'auth.example.com', rootCertBundle: '/etc/auth.pem' },
      },
    });
    expect(log).toBe('warn');
    expect(notices.map(({ setting }) => setting)).toEqual(['storage.backend', 'trust_service.type', 'reporting']);
    expect(JSON.stringify(notices)).not.toContain('s3cret');
    expect(parseServerConfig({ data: '/srv', ...settings })).toMatchObject({
      listen: { host: '::', port: 4443 },
      tls: { clientCa: '/etc/ca.pem' },
      notary: settings['notary'],
    });
  });

  it('with nothing in it leaves everything as it is', () => {
    const { settings, log, notices } = read({});
    expect(parseServerConfig({ data: '/srv', ...settings })).toEqual(parseServerConfig({ data: '/srv' }));
    expect([log, notices]).toEqual([undefined, []]);
  });

  it('names every setting that is not used, and what stands in its place', () => {
    const told = (value: unknown): string =>
      read(value)
        .notices.map((notice) => notice.text)
        .join('\n');
    expect(told({ storage: { backend: 'postgres', db_url: 'x' } })).toMatch(/--data.*postgres.*countersign import notary.*db_url/);
    expect(told({ storage: { backend: 'memory' } })).toMatch(/--data.*restart$/);
    const rethink = {
      backend: 'rethinkdb',
      db_url: 'a',
      tls_ca_file: 'b',
      client_cert_file: 'c',
      client_key_file: 'd',
      database: 'e',
      username: 'f',
      password: 'g',
    };
    expect(told({ storage: rethink })).toMatch(
      /not used: db_url, tls_ca_file, client_cert_file, client_key_file, database, username, password$/,
    );
    expect(told({ storage: { db_url: 'x' } })).toMatch(/a database is not asked/);
    expect(told({ trust_service: { type: 'local' } })).toMatch(/master\.key.*restart$/);
    expect(told({ trust_service: { type: 'remote', port: '7899' } })).toMatch(/master\.key.*notary-signer is not asked.*not used: port$/);
    expect(told({ reporting: { bugsnag: { endpoint: 'x' } } })).toMatch(/log.*not used: bugsnag\.endpoint$/);
  });

  it.each([
    ['panic', 'error'],
    ['fatal', 'error'],
    ['error', 'error'],
    ['warn', 'warn'],
    ['info', 'info'],
    ['Debug', 'debug'],
    ['trace', 'debug'],
  ])('logs %s as %s', (level, ours) => {
    expect(read({ logging: { level } }).log).toBe(ours);
  });

  it('knows its settings in capitals, and leaves capitals in values', () => {
    const { settings } = read({
      Repositories: { GUN_Prefixes: ['Pin/App/'] },
      AUTH: { Type: 'token', OPTIONS: { ...OPTIONS, issuer: 'Auth' } },
    });
    expect(settings['notary']).toMatchObject({ gunPrefixes: ['Pin/App/'], auth: { issuer: 'Auth' } });
  });
});

describe('it refuses, by its path,', () => {
  it.each<[string, unknown]>([
    ['serverr', { serverr: {} }],
    ['server.http_adr', { server: { http_adr: ':4443' } }],
    ['auth.option', { auth: { type: 'token', option: OPTIONS } }],
    ['auth.options.rootCertBundles', { auth: { type: 'token', options: { ...OPTIONS, rootCertBundles: 'x' } } }],
    ['caching.max_age.root', { caching: { max_age: { root: 1 } } }],
    ['reporting.backend', { reporting: { backend: 'bugsnag' } }],
    ['constructor', { constructor: {} }],
    ['server.constructor', { server: { constructor: 'x' } }],
    ['auth.options.jwks', { auth: { type: 'token', options: { ...OPTIONS, jwks: 'x' } } }],
    ['server', { server: ':4443' }],
    ['auth.options', { auth: { type: 'token', options: [] } }],
    ['auth', { auth: null }],
    ['auth', { auth: {} }],
    ['auth.options', { auth: { options: {} } }],
    ['server.http_addr', { server: { http_addr: '' } }],
    ['server.http_addr', { server: { http_addr: 4443 } }],
    ['server.http_addr', { server: { http_addr: ':https' } }],
    ['server.http_addr', { server: { http_addr: 'localhost' } }],
    ['server.http_addr', { server: { http_addr: '127.0.0.1:99999' } }],
    ['server.http_addr', { server: { http_addr: null } }],
    ['server.tls_cert_file', { server: { tls_cert_file: 'a' } }],
    ['server.tls_key_file', { server: { tls_key_file: 'a' } }],
    ['server.tls_cert_file', { server: { tls_cert_file: '', tls_key_file: '' } }],
    ['server.client_ca_file', { server: { client_ca_file: 'a' } }],
    ['trust_service.type', { trust_service: { type: 'Remote' } }],
    ['trust_service.key_algorithm', { trust_service: { type: 'remote', key_algorithm: 'dsa' } }],
    ['storage.backend', { storage: { backend: 'redis' } }],
    ['auth.type', { auth: { ...AUTH, type: 'htpasswd' } }],
    ['auth.type', { auth: { ...AUTH, type: 'Token' } }],
    ['auth.type', { auth: { ...AUTH, type: 'none' } }],
    ['auth.type', { auth: { ...AUTH, type: '' } }],
    ['auth.type', { auth: { options: OPTIONS } }],
    ['auth.options.realm', { auth: { type: 'token' } }],
    ['auth.options.service', { auth: { type: 'token', options: { ...OPTIONS, service: undefined } } }],
    ['auth.options.issuer', { auth: { type: 'token', options: { ...OPTIONS, issuer: undefined } } }],
    ['auth.options.rootcertbundle', { auth: { type: 'token', options: { ...OPTIONS, rootcertbundle: undefined } } }],
    ['auth.options.autoredirect', { auth: { type: 'token', options: { ...OPTIONS, autoredirect: true } } }],
    ['auth.options.autoredirect', { auth: { type: 'token', options: { ...OPTIONS, autoredirect: 'no' } } }],
    ['caching.max_age.current_metadata', { caching: { max_age: { current_metadata: -1 } } }],
    ['caching.max_age.current_metadata', { caching: { max_age: { current_metadata: '5m' } } }],
    ['caching.max_age.consistent_metadata', { caching: { max_age: { consistent_metadata: 31_536_001 } } }],
    ['repositories.gun_prefixes', { repositories: { gun_prefixes: { a: 'b' } } }],
    ['repositories.gun_prefixes', { repositories: { gun_prefixes: ['a/', 1] } }],
    ['logging.level', { logging: { level: 'loud' } }],
    ['logging.level', { logging: { level: 'constructor' } }],
  ])('%s in %j', (path, value) => {
    expect(() => read(value)).toThrowError(refused(path));
  });

  it.each(['docker.io', '/docker.io/', '../', './', 'a//', 'a/../', ' a/', 'a/ ', '', '/'])('the prefix %j', (prefix) => {
    expect(() => read({ repositories: { gun_prefixes: ['good/', prefix] } })).toThrowError(refused('repositories.gun_prefixes: '));
  });

  it.each([
    ['twice', '{"auth": {"type": "token", "type": "none"}}'],
    ['twice, once in capitals', '{"logging": {"level": "info"}, "Logging": {"level": "info"}}'],
    ['as its prototype', '{"__proto__": {"auth": {}}}'],
    ['as YAML', 'server:\n  http_addr: ":4443"\n'],
    ['with a comma too many', '{"server": {"http_addr": ":4443",}}'],
    ['as a list', '[]'],
    ['as nothing', ''],
    ['too deep', `${'{"auth":'.repeat(20)}1${'}'.repeat(20)}`],
  ])('what stands there %s', (_, json) => {
    expect(() => text(json)).toThrowError(refused(FILE));
  });

  it.each([
    ['token, or, without authentication, no auth at all, got "tokn"', { auth: { type: 'tokn' } }],
    ['got "oracle"', { storage: { backend: 'oracle' } }],
    ['got "loud"', { logging: { level: 'loud' } }],
    ['got "nowhere"', { server: { http_addr: 'nowhere' } }],
    ['got -1', { caching: { max_age: { current_metadata: -1 } } }],
  ])('what stands there, in the words of the file: %s', (words, value) => {
    expect(() => read(value)).toThrowError(refused(words));
  });

  it('nothing with a value in the message that could be a secret', () => {
    const secret = { storage: { backend: 'mysql', db_url: ['s3cret'] } };
    expect(() => read(secret)).toThrowError(expect.objectContaining({ message: expect.not.stringContaining('s3cret') }));
  });
});

describe('its variables', () => {
  it('win over the file, with underscores for dots', () => {
    const variables = {
      NOTARY_SERVER_SERVER_HTTP_ADDR: '127.0.0.1:1',
      NOTARY_SERVER_REPOSITORIES_GUN_PREFIXES: 'a/ B/',
      NOTARY_SERVER_CACHING_MAX_AGE_CURRENT_METADATA: '60',
      NOTARY_SERVER_LOGGING_LEVEL: 'debug',
      NOTARY_SERVER_STORAGE_BACKEND: '',
    };
    const file = { server: { http_addr: ':4443' }, storage: { backend: 'memory' }, repositories: { gun_prefixes: ['c/'] } };
    const { settings, log, notices } = read(file, variables);
    expect(settings).toMatchObject({ listen: '127.0.0.1:1', notary: { gunPrefixes: ['a/', 'B/'], maxAges: { current: 60 } } });
    expect([log, notices.length]).toEqual(['debug', 1]);
  });

  it('are refused by their names', () => {
    expect(() => read({}, { NOTARY_SERVER_AUTH_TYPE: 'tokens' })).toThrowError(refused('NOTARY_SERVER_AUTH_TYPE (auth.type)'));
    expect(() => read({}, { NOTARY_SERVER_AUTH_TYPE: 'token' })).toThrowError(refused('auth.options.realm'));
  });

  it('are told of where they do more than there, or nothing at all', () => {
    expect(noticed({ auth: AUTH }, { NOTARY_SERVER_AUTH_OPTIONS_REALM: 'https://x' })).toEqual(['auth.options.realm']);
    const strange = {
      NOTARY_SERVER_SERVER_PORT: '1',
      NOTARY_SERVER_SERVICE_HOST: '10.0.0.1',
      NOTARY_SERVER_PORT_4443_TCP: 'tcp://10.0.0.1',
    };
    expect(noticed({}, strange)).toEqual(['NOTARY_SERVER_SERVER_PORT']);
  });
});

describe('its file', () => {
  it('is where relative paths start', async () => {
    const folder = join(await temporaryFolder(), 'etc');
    await mkdir(folder);
    const file = join(folder, 'server-config.json');
    const auth = { type: 'token', options: { ...OPTIONS, rootcertbundle: 'auth.pem' } };
    await writeFile(file, JSON.stringify({ server: { tls_cert_file: 'a', tls_key_file: 'b' }, auth }));
    const { settings, notices } = await readNotaryConfig(file, {});
    const paths = { tlsCert: join(folder, 'a'), tlsKey: join(folder, 'b'), notary: { auth: { rootCertBundle: join(folder, 'auth.pem') } } };
    expect(settings).toMatchObject(paths);
    expect(notices).toEqual([{ setting: 'auth.options.rootcertbundle', text: expect.stringContaining(join(folder, 'auth.pem')) }]);
    await expect(readNotaryConfig(join(folder, 'absent.json'), {})).rejects.toThrowError(refused('absent.json'));
  });

  it('is described setting by setting, and by no other name', async () => {
    const page = await readFile(fileURLToPath(new URL('../../../../docs/reference/notary-config.md', import.meta.url)), 'utf8');
    const cells = [...page.matchAll(/^\| ([^|]+) \|/gm)].flatMap(([, cell = '']) =>
      [...cell.matchAll(/`([a-z_.]+)`/g)].map(([, path]) => path),
    );
    expect(cells.sort()).toEqual([...SETTING_PATHS].sort());
  });
});

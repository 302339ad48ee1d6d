import { once } from 'node:events';
import { mkdtemp, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect } from 'node:tls';
import type { Instant } from '@countersign/core';
import { newIdentity, pemKey } from '@countersign/testkit';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { logTo, parseSignerConfig, rekeyMaster, type SigningService, startSigningService } from './index.ts';

const DAY = 86_400_000;
const life = { from: (Date.now() - DAY) as Instant, until: (Date.now() + DAY) as Instant };
const authority = newIdentity({ name: 'clients', ca: true, ...life });
const server = newIdentity({ name: 'localhost', ...life });
const caller = newIdentity({ name: 'trust-1', issuer: authority, ...life });
const refused = (code: string) => expect.objectContaining({ code });

let folder = '';
let usual: Readonly<Record<string, unknown>> = {};
const running: SigningService[] = [];
const data = (): string => String(usual['data']);

beforeAll(async () => {
  const certificates = await mkdtemp(join(tmpdir(), 'countersign-signer-tls-'));
  const file = async (name: string, text: string): Promise<string> => {
    await writeFile(join(certificates, name), text);
    return join(certificates, name);
  };
  usual = {
    listen: '127.0.0.1:0',
    tlsCert: await file('cert.pem', server.pem),
    tlsKey: await file('key.pem', pemKey(server)),
    tlsClientCa: await file('ca.pem', authority.pem),
    callers: ['trust-1'],
  };
  return () => rm(certificates, { recursive: true });
});

afterEach(async () => {
  for (const service of running.splice(0)) await service.close();
  await rm(folder, { recursive: true, force: true });
});

async function fresh(): Promise<void> {
  folder = await mkdtemp(join(tmpdir(), 'countersign-signer-'));
  usual = { ...usual, data: join(folder, 'data') };
}

async function start(passphrase = 'first', settings: Readonly<Record<string, unknown>> = {}): Promise<SigningService> {
  const config = parseSignerConfig({ ...usual, ...settings });
  const service = await startSigningService({ config, passphrase, now: () => Date.now() as Instant, log: logTo(() => undefined) });
  running.push(service);
  return service;
}

interface Sent {
  readonly body?: Uint8Array | string;
  readonly headers?: Readonly<Record<string, string | number>>;
}

/** The status of a request, or `cut` when the connection ended without one. */
function post(url: string, path: string, { body = '', headers = {} }: Sent): Promise<number | 'cut'> {
  return new Promise((resolve) => {
    const own = { cert: caller.pem, key: pemKey(caller), ca: server.pem, checkServerIdentity: () => undefined, agent: false };
    const sent = request(`${url}${path}`, { method: 'POST', ...own, headers: { 'Content-Length': body.length, ...headers } });
    sent.on('error', () => resolve('cut'));
    sent.on('response', (response) => {
      response.resume();
      response.on('error', () => undefined);
      resolve(response.statusCode ?? 'cut');
    });
    sent.end(body);
  });
}

const create = { body: JSON.stringify({ gun: 'a/b', dialect: 'tuf', role: 'snapshot' }) };

describe('a signing service', () => {
  it('keeps its keys over restarts and passphrases, and opens with the newest alone', async () => {
    await fresh();
    await (await start('first')).close();
    await expect(start('other')).rejects.toThrowError(refused('wrong-passphrase'));
    await rekeyMaster(data(), { from: 'first', to: 'second' });
    await expect(start('first')).rejects.toThrowError(refused('wrong-passphrase'));
    expect(await post((await start('second')).url, '/v1/keys/create', create)).toBe(200);
  });

  it('does not start without what it signed, nor with that of another', async () => {
    await fresh();
    await (await start()).close();
    await rename(join(data(), 'memory'), join(folder, 'elsewhere'));
    await expect(start()).rejects.toThrowError(refused('missing-memory'));
    await (await start('first', { unsafeNewMemory: true })).close();
    await rename(join(data(), 'master-key.json'), join(folder, 'old-key.json'));
    await expect(start()).rejects.toThrowError(refused('wrong-master-key'));
    // None was made in its place, where a backup would take it for the old one.
    expect(await readdir(data())).not.toContain('master-key.json');
    await rename(join(folder, 'old-key.json'), join(data(), 'master-key.json'));
    await start();
  });

  it('has its folder alone', async () => {
    await fresh();
    await start();
    await expect(start()).rejects.toThrowError(refused('locked'));
  });

  it('does not start with files of its certificate in each other’s place, or a key of another', async () => {
    await fresh();
    const key = join(folder, 'other.pem');
    await writeFile(key, pemKey(caller));
    for (const pair of [{ tlsKey: key }, { tlsCert: usual['tlsKey'], tlsKey: usual['tlsCert'] }]) {
      await expect(start('first', pair)).rejects.toThrowError(refused('invalid-config'));
    }
  });

  it('reads no more than it takes', async () => {
    await fresh();
    const { url } = await start('first', { bodyBytes: 1000, bodyMemory: 1500 });
    expect(await post(url, '/v1/sign', { body: 'x'.repeat(1001) })).toBe(413);
    expect(await post(url, '/v1/sign', { body: '', headers: { 'Content-Length': 'many' } })).not.toBe(200);
    expect(await post(url, '/v1/sign', { body: `${'['.repeat(500)}` })).toBe(400);
    expect(await post(url, '/v1/sign/../keys', create)).toBe(405);
    expect(await post(url, '/v1/elsewhere', create)).toBe(404);
    expect(await post(url, '/v1/keys/create', { ...create, headers: { 'X-Flood': 'y'.repeat(20_000) } })).toBe(431);
  });
});

it.each([
  ['an unknown setting', { more: 1 }],
  ['no trust server', { callers: [] }],
  ['a name that is none', { callers: [7] }],
  ['no address', { listen: 'here' }],
  ['a life of no length', { timestampExpiry: '3 days' }],
  ['snapshots that end before their timestamps', { timestampExpiry: '20d' }],
])('a configuration with %s is refused', async (_, settings) => {
  expect(() => parseSignerConfig({ ...usual, data: 'data', ...settings })).toThrowError(refused('invalid-config'));
});

describe('a running service', () => {
  const scraped = async (url: string, path: string): Promise<readonly [number, string]> => {
    const reply = await fetch(`${url}${path}`);
    return [reply.status, await reply.text()];
  };

  it('tells numbers and health on an address of this machine, and on no other', async () => {
    await fresh();
    const { url, metricsUrl = '' } = await start('first', { metricsListen: '127.0.0.1:0' });
    expect(await post(url, '/v1/sign', { body: '{}' })).toBe(400);
    expect(await scraped(metricsUrl, '/readyz')).toEqual([200, '{"status":"ready"}']);
    expect(await scraped(metricsUrl, '/livez')).toEqual([200, '{"status":"ok"}']);
    const [status, text] = await scraped(metricsUrl, '/metrics');
    expect([status, text]).toEqual([200, expect.stringContaining('countersign_signer_refusals_total{code="malformed"} 1')]);
    expect((await scraped(metricsUrl, '/v1/keys'))[0]).toBe(404);
    expect(() => parseSignerConfig({ ...usual, metricsListen: '0.0.0.0:0' })).toThrowError(refused('invalid-config'));
  });

  it('reads its certificates again, and keeps those it has when they are of no use', async () => {
    await fresh();
    const service = await start();
    const shown = async (): Promise<string> => {
      const { port } = new URL(service.url);
      const own = { cert: caller.pem, key: pemKey(caller), checkServerIdentity: () => undefined, rejectUnauthorized: false };
      const socket = connect({ host: '127.0.0.1', port: Number(port), ...own });
      await once(socket, 'secureConnect');
      const { fingerprint256 } = socket.getPeerCertificate();
      socket.destroy();
      return fingerprint256;
    };
    const before = await shown();
    const other = newIdentity({ name: 'localhost', ...life });
    await writeFile(String(usual['tlsCert']), other.pem);
    await service.reload();
    expect(await shown()).toBe(before);
    await writeFile(String(usual['tlsKey']), pemKey(other));
    await service.reload();
    expect(await shown()).not.toBe(before);
    await writeFile(String(usual['tlsCert']), server.pem);
    await writeFile(String(usual['tlsKey']), pemKey(server));
  });

  it('of callers is withdrawn for what is open, too: nobody signs on over a connection of before', async () => {
    await fresh();
    const service = await start();
    const { port } = new URL(service.url);
    const identity = { cert: caller.pem, key: pemKey(caller), ca: server.pem, servername: 'localhost' };
    const asked = 'GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n';
    const opened = async () => {
      const socket = connect({ host: '127.0.0.1', port: Number(port), ...identity });
      socket.on('error', () => undefined);
      await Promise.race([once(socket, 'secureConnect'), once(socket, 'close')]);
      socket.write(asked);
      const [got] = await Promise.race([once(socket, 'data'), once(socket, 'close').then(() => [])]);
      if (got === undefined) throw new Error('nothing was answered');
      socket.resume();
      return { socket, ended: new Promise((resolve) => socket.once('close', resolve)) };
    };
    const [idle, busy] = [await opened(), await opened()];
    // One that is never without a request, as a thief would keep it.
    busy.socket.write('POST /v1/keys/namable HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n');
    await once(busy.socket, 'data');
    await writeFile(String(usual['tlsClientCa']), newIdentity({ name: 'others', ca: true, ...life }).pem);
    await service.reload();
    await idle.ended;
    // What was under way is answered, and then it is over.
    const last = once(busy.socket, 'data');
    busy.socket.write('{}');
    expect(String((await last)[0])).toContain('HTTP/1.1 400');
    await busy.ended;
    await expect(opened()).rejects.toThrow();
    await writeFile(String(usual['tlsClientCa']), authority.pem);
  });
});

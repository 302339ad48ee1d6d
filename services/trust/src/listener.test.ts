import { X509Certificate } from 'node:crypto';
import { rm, writeFile } from 'node:fs/promises';
import { request } from 'node:https';
import { join } from 'node:path';
import { connect, type SecureVersion } from 'node:tls';
import type { Instant } from '@countersign/core';
import { type Identity, newIdentity, pemKey } from '@countersign/testkit';
import { pino } from 'pino';
import { afterEach, describe, expect, it, onTestFinished } from 'vitest';
import { parseServerConfig } from './config.ts';
import { startTrustServer } from './start.ts';
import { closeLaboratories, DAY, laboratory, NOON, temporaryFolder } from './testing/laboratory.ts';

afterEach(closeLaboratories);

// TLS goes by the clock of this machine.
const life = { from: (Date.now() - DAY) as Instant, until: (Date.now() + DAY) as Instant };
const authority = newIdentity({ name: 'clients', ca: true, ...life });
const server = newIdentity({ name: 'localhost', ...life });

async function tlsLaboratory(clientCa?: string, [cert, key] = [server.pem, pemKey(server)]) {
  const folder = await temporaryFolder();
  const file = async (name: string, text: string): Promise<string> => {
    await writeFile(join(folder, name), text);
    return join(folder, name);
  };
  const tls = { tlsCert: await file('cert.pem', cert), tlsKey: await file('key.pem', key) };
  return await laboratory('memory', clientCa === undefined ? tls : { ...tls, tlsClientCa: await file('ca.pem', clientCa) });
}

const guarded = (clientCa: string = authority.pem) => tlsLaboratory(clientCa);

/** The status of a ping, or the error that stands in its place. */
const ping = (url: string, client?: Identity, maxVersion: SecureVersion = 'TLSv1.3') =>
  new Promise<number | string | undefined>((resolve) => {
    const own = client === undefined ? {} : { cert: client.pem, key: pemKey(client) };
    // That the server is the right one is not what these tests are about.
    const options = {
      ...own,
      maxVersion,
      minVersion: 'TLSv1' as const,
      ciphers: 'DEFAULT@SECLEVEL=0',
      rejectUnauthorized: false,
      agent: false as const,
    };
    request(`${url}/v2/`, options, (response) => resolve(response.resume().statusCode))
      .on('error', (error) => resolve(`${'code' in error ? String(error.code) : ''} ${error.message}`))
      .end();
  });

const NO_CERTIFICATE = /CERTIFICATE_REQUIRED|HANDSHAKE_FAILURE|ECONNRESET/;

describe('with authorities for client certificates', () => {
  it('nobody gets a connection but who has one of theirs, in force', async () => {
    const { url } = await guarded();
    expect(await ping(url, newIdentity({ name: 'friend', issuer: authority, ...life }))).toBe(200);
    expect(await ping(url)).toMatch(NO_CERTIFICATE);
    for (const stranger of [
      newIdentity({ name: 'stranger', ...life }),
      newIdentity({ name: 'stranger', issuer: newIdentity({ name: 'clients', ca: true, ...life }), ...life }),
      newIdentity({ name: 'late', issuer: authority, from: life.from, until: (Date.now() - 60_000) as Instant }),
    ])
      expect(await ping(url, stranger)).not.toBe(200);
  });

  it('nothing older than TLS 1.2 is spoken', async () => {
    const { url } = await guarded();
    const friend = newIdentity({ name: 'friend', issuer: authority, ...life });
    expect(await ping(url, friend, 'TLSv1.2')).toBe(200);
    expect(await ping(url, friend, 'TLSv1.1')).toMatch(/protocol version/i);
  });

  it('a file without any does not ask for those of anybody', async () => {
    for (const none of ['', pemKey(server)])
      await expect(guarded(none)).rejects.toMatchObject({ code: 'invalid-config', message: expect.stringContaining('ca.pem') });
  });
});

it.each([
  ['the key of another certificate', [server.pem, pemKey(authority)], 'another certificate'],
  ['files in each other’s place', [pemKey(server), server.pem], 'wanted a certificate in PEM in the first'],
] as const)('a server does not start with %s, and says so', async (_, [cert, key], why) => {
  await expect(tlsLaboratory(undefined, [cert, key])).rejects.toMatchObject({
    code: 'invalid-config',
    message: expect.stringContaining(why),
  });
});

describe('a certificate that is replaced while the server runs', () => {
  const fingerprint = (url: string) =>
    new Promise<string>((resolve, reject) => {
      const socket = connect(Number(new URL(url).port), '127.0.0.1', { rejectUnauthorized: false }, () => {
        resolve(socket.getPeerCertificate().fingerprint256);
        socket.destroy();
      });
      socket.on('error', reject);
    });
  const printOf = ({ pem }: Identity): string => new X509Certificate(pem).fingerprint256;

  it('is used for the next connection, and one that does not work is not', async () => {
    const folder = await temporaryFolder();
    const [cert, key] = [join(folder, 'cert.pem'), join(folder, 'key.pem')];
    const put = async (identity: Identity, held: Identity = identity): Promise<void> => {
      await writeFile(cert, identity.pem);
      await writeFile(key, pemKey(held));
    };
    await put(server);
    const lines: string[] = [];
    const log = pino({ base: null }, { write: (line: string) => lines.push(line) });
    const config = parseServerConfig({ listen: '127.0.0.1:0', data: join(folder, 'data'), tlsCert: cert, tlsKey: key });
    const running = await startTrustServer({ config, now: () => NOON, log, onFatal: () => undefined });
    onTestFinished(() => running.close());
    expect(await fingerprint(running.url)).toBe(printOf(server));
    const next = newIdentity({ name: 'localhost', ...life });
    // Half of a pair, then rubbish, then nothing.
    await put(next, server);
    await running.reload?.();
    await writeFile(cert, 'rubbish');
    await running.reload?.();
    await rm(cert);
    await running.reload?.();
    expect(await fingerprint(running.url)).toBe(printOf(server));
    expect(lines.filter((line) => line.includes('goes on with the one before'))).toHaveLength(3);
    await put(next);
    // Nobody asked: it is noticed.
    await expect.poll(() => fingerprint(running.url), { timeout: 9_000, interval: 200 }).toBe(printOf(next));
    expect(lines.join('')).not.toContain('PRIVATE KEY');
    await put(server);
    await running.reload?.();
    expect(await fingerprint(running.url)).toBe(printOf(server));
  }, 15_000);
});

describe('a handshake', () => {
  /** One connection, and the session that the server offered it. */
  const shake = (url: string, maxVersion: SecureVersion, session?: Buffer) =>
    new Promise<{ readonly cipher: string; readonly reused: boolean; readonly session: Buffer | undefined }>((resolve, reject) => {
      const socket = connect(Number(new URL(url).port), '127.0.0.1', {
        rejectUnauthorized: false,
        maxVersion,
        ...(session === undefined ? {} : { session }),
      });
      let offered: Buffer | undefined;
      socket.on('session', (given: Buffer) => {
        offered = given;
      });
      let made = { cipher: '', reused: false };
      socket.on('error', reject).on('close', () => resolve({ ...made, session: offered }));
      socket.on('secureConnect', () => {
        made = { cipher: socket.getCipher().standardName, reused: socket.isSessionReused() };
        socket.end('GET /v2/ HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n');
        socket.resume();
      });
    });

  it.each(['TLSv1.2', 'TLSv1.3'] as const)('of %s is made with AES-128, and nobody goes on with an earlier one', async (version) => {
    const { url } = await tlsLaboratory();
    const first = await shake(url, version);
    expect(first.cipher).toContain('AES_128_GCM_SHA256');
    expect((await shake(url, version, first.session)).reused).toBe(false);
  });
});

// Certificates that are real and still the wrong ones: made for servers or for code, not in force yet, no longer, or issued by somebody who
// was never allowed to issue. Whoever has one gets no connection, neither from the signing service nor from a trust server that asks for one.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Instant } from '@countersign/core';
import { memoryStore } from '@countersign/store';
import { type Identity, newIdentity, pemKey, type Wishes } from '@countersign/testkit';
import { parseServerConfig, startTrustServer, type TrustServer } from '@countersign/trust-server';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AUTHORITY, ask, SignerLab, TRUST_SERVER } from '../lab/stolen-server.ts';

const DAY = 86_400_000;
// TLS goes by the clock of this machine.
const at = (days: number): Instant => (Date.now() + days * DAY) as Instant;
const inForce = { from: at(-1), until: at(1) };
const named = (wishes: Partial<Wishes>): Identity => newIdentity({ name: 'trust-1', issuer: AUTHORITY, ...inForce, ...wishes });
const sister = newIdentity({ name: 'clients of the signer', ca: true, ...inForce });
const colleague = named({ name: 'build-7' });

const WRONG: readonly (readonly [string, Identity])[] = [
  ['of another authority of the same name', named({ issuer: sister })],
  ['that vouches for itself', newIdentity({ name: 'trust-1', ...inForce })],
  ['for servers', named({ usage: 'servers' })],
  ['for signing code', named({ usage: 'code' })],
  ['that was in force until yesterday', named({ from: at(-3), until: at(-1) })],
  ['that is in force from tomorrow', named({ from: at(1), until: at(3) })],
  ['that a colleague issued, who is no authority', named({ issuer: colleague })],
  ['with a demand that nobody understands', named({ riddle: true })],
];
const RIGHT = named({ usage: 'clients' });

describe('a signing service gives no connection', () => {
  let lab: SignerLab;
  beforeAll(async () => {
    lab = await SignerLab.start();
  });
  afterAll(() => lab.stop());

  it.each(WRONG)('for a certificate %s', async (_, identity) => {
    const before = lab.lines.length;
    await expect(ask(lab.url, '/v1/keys', undefined, identity)).rejects.toThrow();
    await expect.poll(() => lab.lines.slice(before)).toMatchObject([{ msg: 'refused', code: 'no-connection' }]);
    expect((await ask(lab.url, '/v1/keys', undefined, TRUST_SERVER)).status).toBe(200);
  });

  it('for a certificate with a key that somebody may have broken', async () => {
    await expect(ask(lab.url, '/v1/keys', undefined, named({ kind: 'short-rsa' }))).rejects.toThrow();
  });

  it('but for those made for clients', async () => {
    expect((await ask(lab.url, '/v1/keys', undefined, RIGHT)).status).toBe(200);
  });
});

describe('a trust server that asks for certificates gives no connection', () => {
  let folder: string;
  let server: TrustServer;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'countersign-certificates-'));
    const own = newIdentity({ name: 'localhost', hosts: ['localhost'], ...inForce });
    const file = async (name: string, text: string): Promise<string> => {
      await writeFile(join(folder, name), text);
      return join(folder, name);
    };
    const config = parseServerConfig({
      listen: '127.0.0.1:0',
      data: join(folder, 'data'),
      tlsCert: await file('cert.pem', own.pem),
      tlsKey: await file('key.pem', pemKey(own)),
      tlsClientCa: await file('ca.pem', AUTHORITY.pem),
    });
    server = await startTrustServer({
      config,
      store: memoryStore(),
      now: () => Date.now() as Instant,
      log: 'silent',
      onFatal: () => undefined,
    });
  });
  afterAll(async () => {
    await server.close();
    await rm(folder, { recursive: true });
  });

  /** The status of a ping, or undefined where there was no connection. */
  const ping = (client: Identity): Promise<number | undefined> =>
    new Promise((resolve) => {
      request(`${server.url}/v2/`, { cert: client.pem, key: pemKey(client), rejectUnauthorized: false, agent: false }, (response) =>
        resolve(response.resume().statusCode),
      )
        .on('error', () => resolve(undefined))
        .end();
    });

  it.each(WRONG)('for a certificate %s', async (_, identity) => {
    expect(await ping(identity)).toBeUndefined();
    expect(await ping(RIGHT)).toBe(200);
  });
});

// The other way round: what answers in the signer's place, or the signer itself, gives a trust server keys and signatures that are none.
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { encodeBase64, type Instant, TIMESTAMP, tuf } from '@countersign/core';
import { type RemoteSigning, remoteSigning } from '@countersign/signers';
import { newIdentity, pemKey } from '@countersign/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SignerLab, StolenServer, serverAuthority, TRUST_SERVER, wanted } from '../lab/stolen-server.ts';

const refused = (code: string, refusal?: string) =>
  expect.objectContaining({ code, ...(refusal === undefined ? {} : { details: expect.objectContaining({ refusal }) }) });

let lab: SignerLab;
let server: StolenServer;
let honest: RemoteSigning;
let liar: Server;
let answer: unknown;
let lying: RemoteSigning;
const identity = { certificate: TRUST_SERVER.pem, key: pemKey(TRUST_SERVER), timeout: 5_000, longestUpload: 1_000_000 };
const localhost = (url: string): string => url.replace('127.0.0.1', 'localhost');

beforeAll(async () => {
  lab = await SignerLab.start();
  server = await StolenServer.begin(lab);
  honest = remoteSigning({ ...identity, url: localhost(lab.url), authorities: serverAuthority.pem });
  const own = newIdentity({
    name: 'localhost',
    hosts: ['localhost'],
    from: (Date.now() - 86_400_000) as Instant,
    until: (Date.now() + 86_400_000) as Instant,
  });
  liar = createServer({ cert: own.pem, key: pemKey(own) }, (_, response) => response.end(JSON.stringify(answer)));
  await new Promise<void>((resolve) => liar.listen(0, '127.0.0.1', resolve));
  const url = `https://localhost:${(liar.address() as AddressInfo).port}`;
  lying = remoteSigning({ ...identity, url, authorities: own.pem });
});
afterAll(async () => {
  honest.close();
  lying.close();
  liar.close();
  await lab.stop();
});

const name = () => ({ gun: server.repository.gun, dialect: 'tuf' as const, role: 'timestamp' as const });
const nothing = { upload: new Map(), standing: new Map(), note: '' };

describe('a trust server', () => {
  it('has its timestamp signed by the service, with the key that it showed', async () => {
    const by = await honest.key(name());
    expect(by).toMatchObject({ generation: 1, key: { keyid: server.repository.signersOf('timestamp')[0]?.key.keyid } });
    const payload = tuf.parse(
      'timestamp',
      TIMESTAMP,
      server.repository.newest.get(TIMESTAMP)?.bytes ?? new Uint8Array(),
      server.repository.env(),
    ).signedBytes;
    expect(await honest.sign({ ...name(), by, payload, ...nothing })).toHaveLength(64);
    expect((await honest.nextKey(name())).generation).toBe(2);
  });

  it('has a key of the other dialect in its own spelling', async () => {
    const { key } = await honest.key({ ...name(), dialect: 'notary' });
    expect(key.object.get('keytype')).not.toBeUndefined();
    expect(key.keyid).not.toBe((await honest.key(name())).key.keyid);
  });

  it('is told why the service says no', async () => {
    const by = await honest.key(name());
    const payload = await wanted(server, 'snapshot', server.repository.fork());
    await expect(honest.sign({ ...name(), by, payload, ...nothing })).rejects.toThrowError(refused('signer-refused', 'wrong-role'));
  });

  it('takes no signature that its key does not verify', async () => {
    const by = await honest.key(name());
    for (const signature of [encodeBase64(new Uint8Array(64)), encodeBase64(new Uint8Array(7)), 'not base64', 7, undefined]) {
      answer = { schema: 1, signature };
      await expect(lying.sign({ ...name(), by, payload: new Uint8Array(3), ...nothing })).rejects.toThrowError(refused('signer-failed'));
    }
  });

  it.each([
    ['no object', 'key'],
    ['another schema', { schema: 2 }],
    ['no key', { schema: 1, generation: 1 }],
    ['a key of no kind', { schema: 1, generation: 1, key: { object: { keytype: 'x', scheme: 'y', keyval: { public: 'z' } } } }],
    ['a weak key', { schema: 1, generation: 1, key: { object: { keytype: 'ed25519', scheme: 'ed25519', keyval: { public: 'zz' } } } }],
    ['an endless answer', { schema: 1, more: 'x'.repeat(70_000) }],
  ])('takes no key from %s', async (_, said) => {
    answer = said;
    await expect(lying.key(name())).rejects.toThrowError(refused('signer-failed'));
  });

  it('talks to nobody whose certificate is of another authority', async () => {
    const strict = remoteSigning({
      ...identity,
      url: `https://localhost:${(liar.address() as AddressInfo).port}`,
      authorities: serverAuthority.pem,
    });
    await expect(strict.key(name())).rejects.toThrowError(refused('signer-failed'));
    strict.close();
    expect(() => remoteSigning({ ...identity, url: 'http://localhost:1', authorities: '' })).toThrowError(refused('unsupported'));
  });
});

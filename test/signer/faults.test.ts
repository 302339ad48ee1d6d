// A signing service that is gone, slow or of another mind: readers go on with what is good, publishers are told at once and clearly, health says
// why, and all of it ends by itself.
import { randomBytes } from 'node:crypto';
import type { Instant } from '@countersign/core';
import { logTo } from '@countersign/signer-server';
import { type MetadataStore, memoryStore } from '@countersign/store';
import { parseServerConfig, startTrustServer } from '@countersign/trust-server';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { Owner, SignedElsewhere } from '../lab/signed-elsewhere.ts';
import { COLLEAGUE, TRUST_SERVER } from '../lab/stolen-server.ts';

const DAY = 86_400_000;

let site: SignedElsewhere;
let owner: Owner;
let url = '';
beforeAll(async () => {
  site = await SignedElsewhere.begin();
});
beforeEach(async () => {
  ({ url } = await site.server({ signerTimeout: '1s' }));
  owner = await Owner.of(url, site.signer.now);
  expect(await owner.post(url)).toMatchObject({ status: 200 });
});
afterEach(() => site.anew());
afterAll(() => site.end());

const ready = async (): Promise<unknown> => await (await fetch(`${url}/readyz`)).json();
const READY = { status: 'ready' };
const NOT_READY = { status: 'not-ready', reasons: ['signer-unreachable'] };

// What /readyz says is at most a second old.
const becomes = (wanted: unknown) => expect.poll(ready, { timeout: 20_000, interval: 200 }).toEqual(wanted);

describe.each([
  ['gone', () => site.way.cut()],
  ['silent', () => site.way.hold()],
])('a service that is %s', (_, break_) => {
  it('stops publishes and not reads, and publishes go on when it is back', async () => {
    await owner.tag('v1');
    break_();
    expect(await owner.post(url)).toMatchObject({ status: 503, code: 'signer-unavailable' });
    // It is due, and good for another day.
    site.signer.now += 2 * DAY;
    expect(await owner.served(url, 'timestamp.json')).toMatchObject({ version: 1 });
    await becomes(NOT_READY);
    const metrics = await (await fetch(`${url}/_countersign/v1/metrics`)).text();
    expect(metrics).toContain('countersign_trouble{reason="signer-unreachable"} 1');
    expect(metrics).toMatch(/countersign_refusals_total\{code="signer-unavailable"\} [1-9]/);
    site.way.mend();
    await becomes(READY);
    expect(await owner.post(url)).toMatchObject({ status: 200 });
    expect((await owner.served(url, 'timestamp.json')).version).toBeGreaterThan(1);
  });
});

it('a timestamp that runs out meanwhile is no longer served, and is signed anew when the service is back', async () => {
  site.way.cut();
  site.signer.now += 4 * DAY;
  await expect(owner.served(url, 'timestamp.json')).rejects.toThrowError('503');
  site.way.mend();
  expect(await owner.served(url, 'timestamp.json')).toMatchObject({ version: 2 });
});

it('a server starts without it, serves what is good, and signs when it is there', async () => {
  site.way.cut();
  const { url: other } = await site.server();
  expect(await owner.served(other, 'timestamp.json')).toMatchObject({ version: 1 });
  await owner.tag('v1');
  expect(await owner.post(other)).toMatchObject({ status: 503, code: 'signer-unavailable' });
  site.way.mend();
  expect(await owner.post(other)).toMatchObject({ status: 200 });
});

it('a server with the key of another certificate does not start, rather than find its service silent', async () => {
  const { signerKey } = await site.certificate(COLLEAGUE);
  await expect(site.server({ signerKey })).rejects.toThrowError(expect.objectContaining({ code: 'invalid-config' }));
});

it('a service that does not know the server says no to it, at the start and later, without a word about itself', async () => {
  const stranger = await site.certificate(COLLEAGUE);
  await expect(site.server(stranger)).rejects.toThrowError(expect.objectContaining({ code: 'invalid-config' }));
  const { url: other } = await site.server(stranger, memoryStore());
  const reply = await fetch(`${other}/v2/files/new/_trust/metadata/timestamp.key`);
  expect(reply.status).toBe(503);
  const text = await reply.text();
  expect(JSON.parse(text)).toMatchObject({ code: 'signer-refused', detail: expect.stringContaining('forbidden') });
  expect(text).not.toMatch(/localhost|127\.0\.0\.1/);
  expect(site.signer.lines.at(-1)).toMatchObject({ caller: 'CN=build-7', code: 'forbidden' });
});

it('a server shows another certificate without a restart', async () => {
  const stranger = await site.certificate(COLLEAGUE);
  const other = await site.server(stranger, memoryStore());
  const key = async (): Promise<number> => (await fetch(`${other.url}/v2/files/new/_trust/metadata/timestamp.key`)).status;
  expect(await key()).toBe(503);
  await site.certificate(TRUST_SERVER);
  await other.reload?.();
  expect(await key()).toBe(200);
});

describe('a store that was published to without the service', () => {
  const withoutIt = async (store: MetadataStore) => {
    const { signer: _, signerCertificate: __, signerKey: ___, signerCa: ____, ...own } = site.settings();
    const config = parseServerConfig(own);
    const now = () => site.signer.now as Instant;
    const server = await startTrustServer({ config, store, now, log: 'silent', onFatal: () => undefined });
    onTestFinished(() => server.close());
    return { url: server.url, data: own['data'] };
  };

  it('is not served, and neither is one beside the keys that it was signed with', async () => {
    const store = memoryStore();
    const { url: alone, data } = await withoutIt(store);
    const before = await Owner.of(alone, site.signer.now);
    expect(await before.post(alone)).toMatchObject({ status: 200 });
    await expect(site.server({}, store)).rejects.toThrowError(expect.objectContaining({ code: 'not-taken-over' }));
    await expect(site.server({ data }, store)).rejects.toThrowError(expect.objectContaining({ code: 'keys-left' }));
  });

  it('in part is known by what was published last, and no server of the service signs it before', async () => {
    const store = memoryStore();
    const [{ url: taken }, { url: alone }] = await Promise.all([site.server({}, store), withoutIt(store)]);
    // By their names, those that the service holds come first.
    for (const [name, at] of [
      ['a', taken],
      ['b', taken],
      ['z', alone],
    ] as const) {
      const one = await Owner.of(at, site.signer.now, `files/${name}-${randomBytes(4).toString('hex')}`);
      expect(await one.post(at)).toMatchObject({ status: 200 });
      owner = one;
    }
    await owner.tag('v1');
    expect(await owner.post(taken)).toMatchObject({ status: 400, code: 'server-key' });
    const why = expect.objectContaining({ code: 'not-taken-over', message: expect.stringContaining('files/z') });
    await expect(site.server({}, store)).rejects.toThrowError(why);
  });
});

it('a server says at its start that the service does not answer, once and not whenever health is asked for, and says when it is back', async () => {
  const lines: Readonly<Record<string, unknown>>[] = [];
  const log = logTo((line) => lines.push(JSON.parse(line)));
  const told = () => lines.filter(({ trouble }) => trouble === 'signer-unreachable').map(({ level, why }) => [level, why]);
  site.way.cut();
  const { url: other } = await site.server({}, site.store, log);
  const down = [40, expect.stringContaining('cannot be asked')];
  await expect.poll(told, { timeout: 5_000 }).toEqual([down]);
  await expect
    .poll(() => lines, { timeout: 5_000 })
    .toContainEqual(expect.objectContaining({ msg: 'not ready', reasons: ['signer-unreachable'] }));
  for (let look = 0; look < 3; look += 1) {
    await new Promise((later) => setTimeout(later, 1_100));
    expect((await fetch(`${other}/readyz`)).status).toBe(503);
  }
  expect(told()).toEqual([down]);
  site.way.mend();
  await expect.poll(async () => (await fetch(`${other}/readyz`)).status, { timeout: 20_000, interval: 200 }).toBe(200);
  expect(told()).toEqual([down, [30, undefined]]);
});

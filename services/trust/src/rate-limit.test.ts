import { createHash } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { parseServerConfig } from './config.ts';
import { Buckets } from './rate-limit.ts';
import { ask } from './testing/ask.ts';
import { closeLaboratories, laboratory, temporaryFolder } from './testing/laboratory.ts';
import { newPublisher } from './testing/publisher.ts';
import { networkOf } from './whose-bucket.ts';

afterEach(closeLaboratories);

describe('a bucket', () => {
  it('empties, fills again with time, and is one of so many', () => {
    const buckets = new Buckets({ perMinute: 60, burst: 2 });
    for (const wanted of [0, 0, 1]) {
      expect(buckets.wait('a', 0)).toBe(wanted);
      buckets.take('a', 0);
    }
    expect([buckets.wait('b', 0), buckets.wait('a', 999), buckets.wait('a', 1_000), buckets.wait('a', 60_000)]).toEqual([0, 1, 0, 0]);
    for (let name = 0; name < 10_000; name += 1) buckets.take(`other ${name}`, 0);
    expect(buckets.wait('a', 0)).toBe(0);
  });
});

describe('a caller', () => {
  const guarded = async (rates: object) => {
    const file = join(await temporaryFolder(), 'access.json');
    const entry = (name: string) => ({ sha256: createHash('sha256').update(name).digest('hex'), guns: ['**'], actions: ['pull', 'push'] });
    await writeFile(file, JSON.stringify([entry('first'), entry('second')]));
    return await laboratory('memory', { access: file, rates });
  };

  it('whose writes are refused again and again waits, and others do not', async () => {
    const lab = await guarded({ refusedWrites: { perMinute: 60, burst: 3 } });
    const publisher = (token: string) => newPublisher(lab, { now: lab.now, headers: { authorization: `Bearer ${token}` } });
    const [first, second] = [publisher('first'), publisher('second')];
    for (let empty = 0; empty < 3; empty += 1) expect((await first.post([])).status).toBe(400);
    const refused = await first.post(await first.first());
    expect([refused.status, refused.problem.code, refused.headers['retry-after']]).toEqual([429, 'rate-limited', '1']);
    expect((await second.post(await second.first())).status).toBe(200);
    // Reads have no limit unless one is given.
    for (let read = 0; read < 20; read += 1) expect((await first.get('timestamp.json')).status).toBe(200);
    const notary = await ask(`${lab.url}/v2/a/_trust/tuf/`, { method: 'POST', headers: { authorization: 'Bearer first' } });
    expect([notary.status, notary.refusal.code, notary.headers['retry-after']]).toEqual([429, 'UNKNOWN', '1']);
    // Nobody's credentials are tried for ever: those without any share their address.
    const none = async (): Promise<number> => (await ask(second.base, { method: 'POST' })).status;
    expect([await none(), await none(), await none(), await none()]).toEqual([401, 401, 401, 429]);
  });

  it('who brings other credentials each time is counted by address, and those beside it who bring good ones are not', async () => {
    const lab = await guarded({ refusedWrites: { perMinute: 1, burst: 3 } });
    const owner = newPublisher(lab, { now: lab.now, headers: { authorization: 'Bearer first' } });
    const guess = async (authorization: string): Promise<number> =>
      (await ask(owner.base, { method: 'POST', headers: { authorization } })).status;
    const guesses: number[] = [];
    for (let number = 0; number < 4; number += 1) guesses.push(await guess(`Bearer guess-${number}`));
    expect(guesses).toEqual([401, 401, 401, 429]);
    expect((await owner.post(await owner.first())).status).toBe(200);
    // One token is one caller, whatever name comes with it.
    const named = (user: string): string => `Basic ${Buffer.from(`${user}:second`).toString('base64')}`;
    const misspelt: number[] = [];
    for (const user of ['a', 'b', 'c', 'd']) misspelt.push(await guess(named(user)));
    expect(misspelt).toEqual([400, 400, 400, 429]);
  });

  it('who may not write there takes nothing from a repository', async () => {
    const lab = await guarded({ writesPerRepository: { perMinute: 1, burst: 1 } });
    const owner = newPublisher(lab, { now: lab.now, headers: { authorization: 'Bearer first' } });
    const stranger = { method: 'POST', headers: { authorization: 'Bearer nobody' } };
    const notary = `${lab.url}/v2/registry.example.com/team/app/_trust/tuf/`;
    for (const url of [owner.base, notary, owner.base]) expect((await ask(url, stranger)).status).toBe(401);
    expect((await owner.post(await owner.first())).status).toBe(200);
    const again = { method: 'POST', headers: { authorization: 'Bearer second' } };
    for (const url of [owner.base, notary]) expect((await ask(url, again)).status).toBe(429);
  });

  it('has as many reads, and a repository as many writes, as the configuration says, but health is for all', async () => {
    const lab = await guarded({ readsPerCaller: { perMinute: 1, burst: 4 }, writesPerRepository: { perMinute: 1, burst: 1 } });
    const first = newPublisher(lab, { now: lab.now, headers: { authorization: 'Bearer first' } });
    const second = newPublisher(lab, { now: lab.now, headers: { authorization: 'Bearer second' } });
    expect((await first.post(await first.first())).status).toBe(200);
    expect((await second.post([])).status).toBe(429);
    expect([(await first.get('none.json')).status, (await first.get('none.json')).status, (await first.get('none.json')).status]).toEqual([
      404, 404, 429,
    ]);
    for (let look = 0; look < 5; look += 1) expect((await ask(`${lab.url}/readyz`)).status).toBe(200);
  });

  it('has limits that are written down wrong refused, and the usual one switched off', () => {
    const data = '/srv/trust';
    expect(parseServerConfig({ data }).rates.refusedWrites).toBeUndefined();
    expect(parseServerConfig({ data, access: 'a' }).rates.refusedWrites).toEqual({ perMinute: 600, burst: 600 });
    expect(parseServerConfig({ data, access: 'a', rates: { refusedWrites: 'off' } }).rates.refusedWrites).toBeUndefined();
    for (const rates of [{ reads: 'off' }, { readsPerCaller: { perMinute: 0, burst: 1 } }, { readsPerCaller: { perMinute: 1 } }])
      expect(() => parseServerConfig({ data, rates })).toThrowError(expect.objectContaining({ code: 'invalid-config' }));
  });
});

it.each([
  ['192.0.2.7', '192.0.2.7'],
  ['::ffff:192.0.2.7', '192.0.2.7'],
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2'],
  ['2001:db8:1:2::6', '2001:db8:1:2'],
  ['2001:db8::6', '2001:db8:0:0'],
  ['2001:db8::7', '2001:db8:0:0'],
  ['::1', '0:0:0:0'],
  ['fe80::1%eth0', 'fe80:0:0:0'],
  ['', ''],
])('an address %s is counted as %s', (address, wanted) => {
  expect(networkOf(address)).toBe(wanted);
});

describe('a request', () => {
  it('has the name that came with it, or one of ours when that is not plain, in its answer and its log line', async () => {
    const lines: { readonly id?: string }[] = [];
    const { pino } = await import('pino');
    const log = pino({ base: null }, { write: (line: string) => lines.push(JSON.parse(line)) });
    const lab = await laboratory('memory', {}, log);
    const owner = newPublisher(lab, lab);
    const named = await ask(owner.base, { method: 'POST', headers: { 'x-request-id': 'proxy-7.a_0001' } });
    expect([named.headers['x-request-id'], lines.at(-1)?.id]).toEqual(['proxy-7.a_0001', 'proxy-7.a_0001']);
    for (const odd of ['short', 'a'.repeat(65), 'with space 1234', '{"level":60}', '-starts-wrong']) {
      const answer = await ask(owner.base, { method: 'POST', headers: { 'x-request-id': odd } });
      expect(answer.headers['x-request-id']).toMatch(/^[0-9a-f]{24}$/);
      expect(lines.at(-1)?.id).toBe(answer.headers['x-request-id']);
    }
    expect((await owner.post(await owner.first())).headers['x-request-id']).toMatch(/^[0-9a-f]{24}$/);
  });
});

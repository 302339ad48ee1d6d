// Real disks that are full or read-only, and a clock that is set. A small file system needs root; elsewhere these claims are skipped.
import { execFileSync } from 'node:child_process';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Instant } from '@countersign/core';
import { fill, smallDisk } from '@countersign/testkit';
import { afterEach, describe, expect, it, onTestFinished } from 'vitest';
import { parseServerConfig } from './config.ts';
import { diskTroubleIn } from './disk-trouble.ts';
import { startTrustServer } from './start.ts';
import { ask } from './testing/ask.ts';
import { refreshed } from './testing/client.ts';
import { closeLaboratories, DAY, laboratory, NOON, temporaryFolder } from './testing/laboratory.ts';
import { newPublisher } from './testing/publisher.ts';

afterEach(closeLaboratories);

const readyz = async (url: string): Promise<readonly [number, unknown]> => {
  const { status, body } = await ask(`${url}/readyz`);
  return [status, JSON.parse(body.toString())];
};

const READY = [200, { status: 'ready' }];
const notReady = (...reasons: string[]) => [503, { status: 'not-ready', reasons }];

describe('a full disk', () => {
  it.for(['store', 'marks'])(
    'under the %s: reads go on, writes say why and when, and all is well without a restart',
    async (full, { skip }) => {
      const disk = await smallDisk(full === 'store' ? '20m' : '3m');
      if ('reason' in disk) return skip(disk.reason);
      onTestFinished(() => disk.remove());
      const place = full === 'store' ? { data: join(disk.path, 'data') } : { highWater: join(disk.path, 'marks') };
      const lab = await laboratory('level', place);
      const owner = newPublisher(lab, lab);
      const other = newPublisher(lab, { now: lab.now, gun: 'registry.example.com/team/other', repository: 'f'.repeat(32) });
      expect((await owner.post(await owner.first())).status).toBe(200);
      expect(await readyz(lab.url)).toEqual(READY);

      const filler = await fill(disk.path);
      // A few lines more fit into the page that the file of marks has begun.
      for (let number = 0; full === 'marks' && number < 60; number += 1) {
        const gun = `registry.example.com/${'long/'.repeat(40)}${number}`;
        const filling = newPublisher(lab, { now: lab.now, gun, repository: number.toString(16).padStart(32, 'a') });
        if ((await filling.post(await filling.first())).status !== 200) break;
      }
      const first = await other.first();
      const refused = await other.post(first);
      expect([refused.status, refused.problem.code, refused.headers['retry-after']]).toEqual([503, 'unavailable', '5']);
      await expect.poll(() => readyz(lab.url), { timeout: 3_000 }).toEqual(notReady('disk-full'));
      expect((await ask(`${lab.url}/livez`)).status).toBe(200);
      const again = await other.post(first);
      expect([again.status, again.problem.detail]).toEqual([503, 'this server takes no writes at this moment: disk-full']);
      // From the store, not from what was kept ready.
      for (const path of ['1.root.json', 'timestamp.json', 'releases.json']) expect((await owner.get(path)).status).toBe(200);
      await refreshed(owner);

      await rm(filler);
      await expect.poll(() => readyz(lab.url), { timeout: 15_000, interval: 100 }).toEqual(READY);
      // The one that failed was kept whole or not at all.
      const kept = (await other.get('timestamp.json')).status === 200;
      expect((await other.post(first)).status).toBe(kept ? 409 : 200);
      await refreshed(other);
      await refreshed(owner);
      expect(lab.fatal).toEqual([]);

      // What was raised in the new file of marks is there after a start, and so is everything that was acknowledged.
      await lab.restart();
      await refreshed(other);
      await refreshed(owner);
    },
  );

  it('and one that is read-only are seen before anybody writes', async ({ skip }) => {
    const disk = await smallDisk('2m');
    if ('reason' in disk) return skip(disk.reason);
    onTestFinished(() => disk.remove());
    expect(await diskTroubleIn(disk.path)).toBeUndefined();
    execFileSync('mount', ['-o', 'remount,ro', disk.path]);
    expect(await diskTroubleIn(disk.path)).toBe('disk-read-only');
    execFileSync('mount', ['-o', 'remount,rw', disk.path]);
    await fill(disk.path);
    expect(await diskTroubleIn(disk.path)).toBe('disk-full');
  });
});

describe('a clock that is set', () => {
  it('stops writes, not reads, until it is right again', async () => {
    const clock = { wall: NOON as number, count: 1_000 };
    const now = () => clock.wall as Instant;
    const config = parseServerConfig({ listen: '127.0.0.1:0', data: join(await temporaryFolder(), 'data') });
    const server = await startTrustServer({ config, now, elapsed: () => clock.count, log: 'silent', onFatal: () => undefined });
    onTestFinished(() => server.close());
    const owner = newPublisher(server, { now });
    const first = await owner.first();
    const pass = (wall: number, count = wall): void => {
      clock.wall += wall;
      clock.count += count;
    };
    for (const jump of [2 * DAY, -2 * DAY, 6 * 60_000]) {
      pass(jump, 0);
      const refused = await owner.post(first);
      expect([refused.status, refused.problem.detail]).toEqual([503, 'this server takes no writes at this moment: clock-jumped']);
      await expect.poll(() => readyz(server.url), { timeout: 3_000 }).toEqual(notReady('clock-jumped'));
      pass(-jump, 0);
    }
    // A machine that slept, and a correction as clocks need them.
    pass(30 * DAY);
    pass(60_000, 0);
    const later = newPublisher(server, { now });
    expect((await later.post(await later.first())).status).toBe(200);
    // A timestamp that would be signed for a day that has not come is not: the stored one goes on, and the key is not used at all.
    const signatures = async () =>
      /signing_duration_seconds_count\{role="timestamp"\} \d+/.exec(
        (await ask(`${server.url}/_countersign/v1/metrics`)).body.toString(),
      )?.[0];
    const before = await signatures();
    pass(2 * DAY, 0);
    expect((await later.get('timestamp.json')).body.toString()).toContain('"version":1');
    expect([before, await signatures()]).toEqual([expect.stringMatching(/ 1$/), before]);
    pass(-2 * DAY, 0);
    pass(2 * DAY + 1_000);
    expect((await later.get('timestamp.json')).body.toString()).toContain('"version":2');
    await expect.poll(() => readyz(server.url), { timeout: 3_000 }).toEqual(READY);
  });
});

describe('asked for its health', () => {
  it('answers anybody under any name, and only reads', async () => {
    const file = join(await temporaryFolder(), 'access.json');
    await writeFile(file, '[]');
    const lab = await laboratory('memory', { access: file });
    for (const path of ['/livez', '/readyz']) {
      expect((await ask(`${lab.url}${path}`, { headers: { host: '10.0.0.7:4443' } })).status).toBe(200);
      expect((await ask(`${lab.url}${path}?verbose`, { method: 'HEAD' })).status).toBe(200);
      expect((await ask(`${lab.url}${path}`, { method: 'POST' })).status).toBe(405);
    }
  });
});

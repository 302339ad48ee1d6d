// A disk that the kernel made read-only because it is broken, under a server that has its files open.
import { join } from 'node:path';
import { failingDisk } from '@countersign/testkit';
import { afterEach, expect, it, onTestFinished } from 'vitest';
import { ask } from './testing/ask.ts';
import { refreshed } from './testing/client.ts';
import { closeLaboratories, laboratory } from './testing/laboratory.ts';
import { keptLog } from './testing/lines.ts';
import { newPublisher } from './testing/publisher.ts';

afterEach(closeLaboratories);

it.for(['store', 'marks'] as const)(
  'a read-only disk under the %s: reads go on, writes and the log say why, and a repaired disk needs no restart',
  async (broken, { skip }) => {
    const disk = await failingDisk();
    if ('reason' in disk) return skip(disk.reason);
    onTestFinished(() => disk.remove());
    const { log, lines } = keptLog();
    const place = broken === 'store' ? { data: join(disk.path, 'data') } : { highWater: join(disk.path, 'marks') };
    const lab = await laboratory('level', place, log);
    const owner = newPublisher(lab, lab);
    const other = newPublisher(lab, { now: lab.now, gun: 'registry.example.com/team/other', repository: 'f'.repeat(32) });
    const readyz = async (): Promise<unknown> => JSON.parse((await ask(`${lab.url}/readyz`)).body.toString());
    expect((await owner.post(await owner.first())).status).toBe(200);
    expect(await readyz()).toEqual({ status: 'ready' });

    disk.fail();
    const first = await other.first();
    const refused = await other.post(first);
    expect([refused.status, refused.problem.code, refused.headers['retry-after']]).toEqual([503, 'unavailable', '5']);
    expect((await other.post(first)).problem.detail).toBe('this server takes no writes at this moment: disk-read-only');
    await expect.poll(readyz, { timeout: 3_000 }).toEqual({ status: 'not-ready', reasons: ['disk-read-only'] });
    expect(lines.filter(({ level, trouble }) => level >= 50 && trouble === 'disk-read-only')).toMatchObject([
      { msg: 'a write is unsure: writes are refused until the store is opened anew' },
    ]);
    // From the store, not from what was kept ready.
    for (const path of ['1.root.json', 'timestamp.json', 'releases.json']) expect((await owner.get(path)).status).toBe(200);
    await refreshed(owner);

    await disk.replace();
    await expect.poll(readyz, { timeout: 15_000, interval: 100 }).toEqual({ status: 'ready' });
    expect(lines.at(-1)).toMatchObject({ msg: 'the store was opened anew: writes are taken again', trouble: 'disk-read-only' });
    // The one that failed was kept whole or not at all.
    const kept = (await other.get('timestamp.json')).status === 200;
    expect((await other.post(first)).status).toBe(kept ? 409 : 200);
    await refreshed(other);
    await refreshed(owner);
    expect(lab.fatal).toEqual([]);
    await lab.restart();
    await refreshed(other);
    await refreshed(owner);
  },
);

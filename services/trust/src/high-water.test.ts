import { cp, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { openHighWater } from './high-water.ts';
import { ask } from './testing/ask.ts';
import { refreshed } from './testing/client.ts';
import { closeLaboratories, DAY, type Laboratory, laboratory, temporaryFolder } from './testing/laboratory.ts';
import { newPublisher, type Publisher } from './testing/publisher.ts';

afterEach(closeLaboratories);

const nothing = async (): Promise<void> => undefined;
const tag = async (owner: Publisher, name: string) => owner.post(await owner.tagged((await owner.get('releases.json')).body, name));

/** What an operator does with a backup: stop, bring the old folder back, start. */
async function restored(lab: Laboratory, change: (owner: Publisher) => Promise<unknown>): Promise<Publisher> {
  const owner = newPublisher(lab, lab);
  await owner.post(await owner.first());
  await lab.close();
  const [data, backup] = [join(lab.folder, 'data'), join(lab.folder, 'backup')];
  await cp(data, backup, { recursive: true });
  await lab.restart();
  await change(owner);
  await lab.close();
  await rm(data, { recursive: true });
  await rename(backup, data);
  await lab.restart();
  return owner;
}

describe('a store restored from a backup', () => {
  it.each([
    ['a publish', (owner: Publisher) => tag(owner, 'v2')],
    ['a deletion', (owner: Publisher) => ask(owner.base, { method: 'DELETE' })],
  ])('answers 503 and says why, for %s that it lost', async (_, change) => {
    const lab = await laboratory('level');
    const owner = await restored(lab, change);
    const reads = ['timestamp.json', 'root.json', '1.root.json', '2.root.json', 'timestamp.key'].map((file) => owner.get(file));
    const answers = [
      ...(await Promise.all(reads)),
      await owner.post([['root', Buffer.from('{}')]]),
      await ask(owner.base, { method: 'DELETE' }),
    ];
    for (const { status, problem } of answers) expect([status, problem.code]).toEqual([503, 'restored-store']);
    expect(answers[0]?.problem.detail).toContain('an old copy was restored');
    expect((await owner.get('../changefeed?records=1')).status).not.toBe(200);
    const other = newPublisher(lab, { now: lab.now, gun: 'registry.example.com/team/tool', repository: '11'.repeat(16) });
    expect((await other.post(await other.first())).status).toBe(200);
  });

  it('goes on where the backup lacks nothing', async () => {
    const lab = await laboratory('level');
    const owner = await restored(lab, async () => undefined);
    expect((await tag(owner, 'v2')).status).toBe(200);
    await refreshed(owner);
  });

  it('is noticed for a timestamp that was signed anew', async () => {
    const lab = await laboratory('level');
    const owner = await restored(lab, async (before) => {
      lab.forward(2 * DAY);
      expect((await before.get('timestamp.json')).body.includes('"version":2')).toBe(true);
    });
    expect((await owner.get('timestamp.json')).problem.code).toBe('restored-store');
  });
});

describe('the marks', () => {
  it('lie beside the data folder, readable by their owner', async () => {
    const lab = await laboratory('level');
    const owner = newPublisher(lab, lab);
    await owner.post(await owner.first());
    const file = join(lab.folder, 'data.high-water');
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect(await readFile(file, 'utf8')).toMatch(
      /^countersign-high-water\/1\n[0-9a-f]{16} \["registry.example.com\/team\/app tuf",1,1,1\]\n$/,
    );
    expect((await stat(join(lab.folder, 'data'))).mode & 0o777).toBe(0o700);
  });

  it('are demanded of a store that has repositories', async () => {
    const lab = await laboratory('level');
    const owner = newPublisher(lab, lab);
    await owner.post(await owner.first());
    await lab.close();
    await rm(join(lab.folder, 'data.high-water'));
    await expect(lab.restart()).rejects.toMatchObject({ code: 'missing-marks' });
    await lab.restart({ unsafeNewHighWater: true });
    expect((await newPublisher(lab, lab).get('root.json')).status).toBe(200);
    expect((await tag(owner, 'v2')).status).toBe(200);
    await lab.restart();
  });

  it('are the highest of all, after any number of starts', async () => {
    const file = join(await temporaryFolder(), 'marks');
    for (let start = 1; start <= 3; start += 1) {
      const marks = await openHighWater(file, nothing);
      await Promise.all([3, 1, 2].map((step) => marks.raise('a tuf', { timestamp: 10 * start + step, snapshot: 5 - start, seq: start })));
      await marks.raise('b tuf', { timestamp: 1, snapshot: 1, seq: 1 });
      await marks.close();
    }
    const marks = await openHighWater(file, nothing);
    expect([marks.of('a tuf'), marks.of('b tuf'), marks.of('c tuf')]).toEqual([
      { timestamp: 33, snapshot: 4, seq: 3 },
      { timestamp: 1, snapshot: 1, seq: 1 },
      undefined,
    ]);
    await marks.close();
    expect((await readFile(file, 'utf8')).split('\n')).toHaveLength(4);
  });

  it('are written anew at a start that finds something to leave out, and at no other', async () => {
    const file = join(await temporaryFolder(), 'marks');
    const started = async (): Promise<number> => {
      await (await openHighWater(file, nothing)).close();
      return (await stat(file)).ino;
    };
    const marks = await openHighWater(file, nothing);
    for (const name of ['a tuf', 'b tuf']) await marks.raise(name, { timestamp: 1, snapshot: 1, seq: 1 });
    await marks.close();
    const first = (await stat(file)).ino;
    expect(await started()).toBe(first);
    const whole = await readFile(file, 'utf8');
    for (const text of [`${whole}${whole.slice(whole.indexOf('\n') + 1)}`, `${whole}0123`]) {
      await writeFile(file, text);
      await started();
      expect(await readFile(file, 'utf8')).toBe(whole);
    }
  });

  it('survive a crash in the middle of a line, and nothing else', async () => {
    const file = join(await temporaryFolder(), 'marks');
    const written = await openHighWater(file, nothing);
    for (const timestamp of [1, 2, 3]) await written.raise('a tuf', { timestamp, snapshot: 1, seq: 1 });
    await written.close();
    const whole = await readFile(file, 'utf8');
    const read = async (text: string) => {
      await writeFile(file, text);
      const marks = await openHighWater(file, nothing);
      await marks.close();
      return marks.of('a tuf')?.timestamp;
    };
    const lastLine = whole.lastIndexOf('\n', whole.length - 2) + 1;
    expect(await read(whole)).toBe(3);
    for (let length = lastLine; length < whole.length; length += 7) expect(await read(whole.slice(0, length))).toBe(2);
    for (let at = 0; at < lastLine; at += 5) {
      const changed = `${whole.slice(0, at)}${whole[at] === '0' ? '1' : '0'}${whole.slice(at + 1)}`;
      if (changed !== whole) await expect(read(changed)).rejects.toMatchObject({ code: 'damaged-marks' });
    }
    await expect(read('')).rejects.toMatchObject({ code: 'damaged-marks' });
  });

  it('are never lower for one that was raised while a replaced file was written anew', async () => {
    const file = join(await temporaryFolder(), 'marks');
    const marks = await openHighWater(file, nothing);
    const raise = (timestamp: number) => marks.raise('a tuf', { timestamp, snapshot: 1, seq: 1 });
    await raise(1);
    for (let timestamp = 2; timestamp < 12; timestamp += 1) {
      await rename(file, `${file}.before`);
      await Promise.all([marks.rewrite(), raise(timestamp)]);
      expect(marks.of('a tuf')?.timestamp).toBe(timestamp);
      expect(await readFile(file, 'utf8')).toContain(`["a tuf",${timestamp},1,1]`);
    }
    await marks.close();
  });

  it('are not acknowledged in a file that somebody removed, and come back with all others', async () => {
    const file = join(await temporaryFolder(), 'marks');
    const marks = await openHighWater(file, nothing);
    await marks.raise('a tuf', { timestamp: 1, snapshot: 1, seq: 1 });
    await rm(file);
    await expect(marks.raise('b tuf', { timestamp: 2, snapshot: 2, seq: 2 })).rejects.toThrow('cannot be written');
    await expect(marks.raise('b tuf', { timestamp: 3, snapshot: 2, seq: 2 })).rejects.toThrow('cannot be written');
    await marks.rewrite();
    await marks.close();
    const again = await openHighWater(file, nothing);
    expect([again.of('a tuf')?.timestamp, again.of('b tuf')?.timestamp]).toEqual([1, 3]);
    await again.close();
  });

  it('of two servers that were given one file are all in it, whoever put a new one there', async () => {
    const file = join(await temporaryFolder(), 'marks');
    const raise = async (marks: Awaited<ReturnType<typeof openHighWater>>, name: string, timestamp: number): Promise<void> => {
      const mark = { timestamp, snapshot: 1, seq: 1 };
      await marks.raise(name, mark).catch(async () => {
        await marks.rewrite();
        await marks.raise(name, mark);
      });
    };
    const first = await openHighWater(file, nothing);
    for (const timestamp of [1, 2]) await raise(first, 'a tuf', timestamp);
    // Two lines of one name: a start leaves one of them out, and puts a new file in place.
    const second = await openHighWater(file, nothing);
    await expect(first.raise('a tuf', { timestamp: 3, snapshot: 1, seq: 1 })).rejects.toThrow('cannot be written');
    await first.rewrite();
    const written = (await stat(file)).ino;
    for (const timestamp of [4, 5]) {
      await raise(second, 'b tuf', timestamp);
      await raise(first, 'a tuf', timestamp);
    }
    expect((await stat(file)).ino).toBe(written);
    for (const marks of [first, second]) await marks.close();
    const last = await openHighWater(file, nothing);
    expect([last.of('a tuf')?.timestamp, last.of('b tuf')?.timestamp]).toEqual([5, 5]);
    await last.close();
  });

  it('need a place that can be written', async () => {
    const folder = await temporaryFolder();
    await expect(openHighWater(folder, nothing)).rejects.toMatchObject({ code: 'invalid-config' });
  });

  it('that cannot be written stop the server after the publish that is stored', async () => {
    const marks = await openHighWater(join(await temporaryFolder(), 'marks'), nothing);
    await marks.close();
    await expect(marks.raise('a tuf', { timestamp: 1, snapshot: 1, seq: 1 })).rejects.toThrow('cannot be written');
    expect(marks.of('a tuf')).toBeUndefined();
  });
});

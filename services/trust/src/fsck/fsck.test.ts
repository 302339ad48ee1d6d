import { createHash } from 'node:crypto';
import { access, cp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseDigest, parseRoleName, TIMESTAMP } from '@countersign/core';
import { type ClaimItem, type DamagedItem, type HeadItem, memoryStore, openLevelStore, type StoredItem } from '@countersign/store';
import { Level } from 'level';
import { afterEach, describe, expect, it } from 'vitest';
import { ask } from '../testing/ask.ts';
import { closeLaboratories, type Laboratory, laboratory } from '../testing/laboratory.ts';
import { newPublisher } from '../testing/publisher.ts';
import { fsck } from './fsck.ts';
import { offlineRules } from './offline-rules.ts';

afterEach(closeLaboratories);

type Table = Level<string, Uint8Array>;

/** A server with two repositories of two publishes each, stopped. */
async function stopped(): Promise<Laboratory> {
  const lab = await laboratory('level');
  for (const [gun, repository] of [
    ['files/tools', '11'.repeat(16)],
    ['files/other', '22'.repeat(16)],
  ] as const) {
    const owner = newPublisher(lab, { gun, repository, now: lab.now });
    expect((await owner.post(await owner.first())).status).toBeLessThan(300);
    const releases = (await owner.get('releases.json')).body;
    expect((await owner.post(await owner.tagged(releases, 'v1'))).status).toBeLessThan(300);
  }
  await lab.close();
  return lab;
}

async function check(lab: Laboratory): Promise<readonly string[]> {
  const data = join(lab.folder, 'data');
  const store = await openLevelStore(join(data, 'store'));
  try {
    return await findings(store.dump(), data);
  } finally {
    await store.close();
  }
}

async function findings(items: AsyncIterable<StoredItem | DamagedItem>, data: string): Promise<readonly string[]> {
  const found: string[] = [];
  let done = false;
  for await (const step of fsck(items, await offlineRules({ data, highWater: `${data}.high-water` }))) {
    if (step.step === 'finding') found.push(`${step.finding.repository?.gun ?? ''}: ${step.finding.text}`);
    done = step.step === 'done';
  }
  expect(done).toBe(true);
  return found;
}

async function harm(lab: Laboratory, act: (table: Table) => Promise<void>): Promise<void> {
  const table: Table = new Level(join(lab.folder, 'data', 'store'), { keyEncoding: 'utf8', valueEncoding: 'view' });
  await table.open();
  await act(table);
  await table.close();
}

const keysOf = (table: Table, kind: string, part: string): Promise<readonly string[]> =>
  table
    .keys({ gt: `${kind} `, lt: `${kind}!` })
    .all()
    .then((keys) => keys.filter((key) => key.includes(part)));
const one = async (table: Table, kind: string, part: string): Promise<string> => (await keysOf(table, kind, part))[0] ?? 'nothing';
const flip = async (table: Table, key: string, at: number): Promise<void> => {
  const bytes = new Uint8Array(await table.get(key));
  bytes[at] = (bytes[at] ?? 0) ^ 1;
  await table.put(key, bytes);
};

describe('fsck', () => {
  it('finds nothing in what a server left', async () => {
    const lab = await stopped();
    await access(join(lab.folder, 'data', 'master.key'));
    expect(await check(lab)).toEqual([]);
  });

  it.each<readonly [string, (table: Table) => Promise<void>, RegExp]>([
    [
      'one bit of a file',
      async (table) => flip(table, await one(table, 'file', 'tools tuf 0000000000000001 root'), 40),
      /^files\/tools: .*root.*has another digest/,
    ],
    [
      'a file that is gone',
      async (table) => table.del(await one(table, 'file', 'tools tuf 0000000000000001 root')),
      /^files\/tools: the file of root v1 is missing/,
    ],
    ['one bit of a version', async (table) => flip(table, await one(table, 'version', 'tools'), 3), /^files\/tools: .*version.*checksum/],
    ['a version that is gone', async (table) => table.del(await one(table, 'version', 'tools')), /^files\/tools: /],
    [
      'one bit of a head',
      async (table) => flip(table, 'head files/tools tuf', 50),
      /^files\/tools: [^\n]*head files\/tools tuf[^\n]*checksum$/,
    ],
    ['a head that is gone', async (table) => table.del('head files/tools tuf'), /^files\/tools: .*head files\/tools tuf' is missing/],
    ['one bit of a record', async (table) => flip(table, await one(table, 'record', '2'), 60), /record 0000000000000002' does not fit/],
    ['a record that is gone', async (table) => table.del(await one(table, 'record', '2')), /record 0{15}2' is missing/],
    ['the last record gone', async (table) => table.del(await one(table, 'record', '4')), /record 0{15}4' is missing/],
    [
      'a number of a record that is gone',
      async (table) => table.del(await one(table, 'seq', 'tools')),
      /^files\/tools: .*seq files\/tools tuf 0000000000000001' is missing/,
    ],
    ['one bit of a claim', async (table) => flip(table, await one(table, 'claim', 'root'), 33), /claim root .*checksum/],
  ])('names %s, and nothing of another repository', async (_, act, wanted) => {
    const lab = await stopped();
    await harm(lab, act);
    // Whoever looks at the end of the records when a store is opened may see it first.
    const found = await check(lab).catch((error: Error) => [error.message]);
    expect(found.join('\n')).toMatch(new RegExp(wanted, 'm'));
    expect(found.filter((text) => text.startsWith('files/other'))).toEqual([]);
  });

  it('names two heads that were exchanged', async () => {
    const lab = await stopped();
    await harm(lab, async (table) => {
      const [tools, other] = [await table.get('head files/tools tuf'), await table.get('head files/other tuf')];
      await table.put('head files/tools tuf', other);
      await table.put('head files/other tuf', tools);
    });
    const found = await check(lab);
    for (const gun of ['files/tools', 'files/other'])
      expect(found.join('\n')).toContain(`${gun}: the stored value of 'head ${gun} tuf' does not fit its checksum`);
  });

  it('names an older head that was put back with its own checksum, and what a forger with all checksums cannot make fit', async () => {
    const lab = await stopped();
    const store = await openLevelStore(join(lab.folder, 'data', 'store'));
    const items: (StoredItem | DamagedItem)[] = [];
    for await (const item of store.dump()) items.push(item);
    await store.close();
    const data = join(lab.folder, 'data');
    const with_ = async (change: (item: StoredItem | DamagedItem) => StoredItem | DamagedItem): Promise<string> =>
      (await findings(given(items.map(change)), data)).join('\n');
    const isTools = (item: StoredItem | DamagedItem): boolean => 'repository' in item && item.repository?.gun === 'files/tools';
    expect(await with_((item) => (item.item === 'head' && isTools(item) ? { ...item, head: { ...item.head, seq: 1 } } : item))).toContain(
      'files/tools: the records end with 2, but the head is at record 1',
    );
    expect(
      await with_((item) =>
        item.item === 'head' && isTools(item) ? { ...item, head: { ...item.head, recordHash: 'ab'.repeat(32) } } : item,
      ),
    ).toContain('files/tools: the head names another hash than that of record 2');
    const more = (head: HeadItem['head']): HeadItem['head'] => {
      const [file] = head.files.values();
      return file === undefined ? head : { ...head, files: new Map([...head.files, [parseRoleName('extra'), file]]) };
    };
    expect(await with_((item) => (item.item === 'head' && isTools(item) ? { ...item, head: more(item.head) } : item))).toContain(
      'files/tools: extra is stored, and the snapshot does not name it',
    );
    // What would let somebody publish the same under another name.
    const isClaim = (item: StoredItem | DamagedItem) => item.item === 'claim' && item.gun === 'files/tools';
    const { gun } = items.find((item) => item.item === 'claim' && item.gun === 'files/other') as ClaimItem;
    const given_ = items.map((item) => (item.item === 'claim' && isClaim(item) ? { ...item, gun } : item));
    const [moved, gone] = [await findings(given(given_), data), await findings(given(items.filter((item) => !isClaim(item))), data)];
    for (const kind of ['root', 'delegated', 'targets', 'repository', 'server-key']) {
      expect(moved.join('\n')).toMatch(new RegExp(`^files/tools: the claim ${kind} [0-9a-f]+ belongs to files/other$`, 'm'));
      expect(gone.join('\n')).toMatch(new RegExp(`^files/tools: the claim ${kind} [0-9a-f]+… is missing$`, 'm'));
    }
    // Files that fit each other, and whose signatures do not.
    expect((await findings(given(forged(items)), data)).join('\n')).toMatch(/files\/tools: does not verify: /);
  });

  it("names keys of another server: a master key that is not this store's", async () => {
    const [lab, other] = [await stopped(), await laboratory('level')];
    await other.close();
    const store = await openLevelStore(join(lab.folder, 'data', 'store'));
    const found = await findings(store.dump(), join(other.folder, 'data'));
    await store.close();
    expect(found).toHaveLength(4);
    for (const text of found) expect(text).toMatch(/the root does not name this server's key of generation 1 for (timestamp|snapshot)/);
  });

  it('names a store that an older one was restored over, which is whole in itself', async () => {
    const lab = await laboratory('level');
    const [data, backup, none] = ['data', 'backup', 'none'].map((name) => join(lab.folder, name)) as [string, string, string];
    const owner = newPublisher(lab, { gun: 'files/tools', now: lab.now });
    const closed = async (name: string): Promise<void> => {
      await lab.close();
      await cp(data, name, { recursive: true });
      await lab.restart();
    };
    await closed(none);
    await owner.post(await owner.first());
    await closed(backup);
    await owner.post(await owner.tagged((await owner.get('releases.json')).body, 'v1'));
    await lab.close();
    expect(await check(lab)).toEqual([]);
    for (const [older, wanted] of [
      [backup, 'the store has timestamp 1 of files/tools, but 2 was signed before: an old copy was restored'],
      [none, 'the store has timestamp 0 of files/tools, but 2 was signed before: an old copy was restored'],
    ] as const) {
      await rm(data, { recursive: true });
      await rename(older, data);
      const found = await check(lab);
      expect(found).toEqual([expect.stringContaining(`files/tools: ${wanted}; `)]);
      expect(found[0]).toContain('docs/how-to/back-up-and-restore.md');
    }
  });

  it('names a damaged mark and the repository of its line, and changes nothing', async () => {
    const lab = await stopped();
    const file = join(lab.folder, 'data.high-water');
    const whole = await readFile(file, 'utf8');
    for (const [text, wanted] of [
      [whole.replace(/(tools tuf",)[0-9]/, '$19'), /^files\/tools: \S+ is damaged in line [2-5], which has its high-water mark; .*copy/],
      [whole.replace(/"files\/tools/, 'files/tools'), /^: \S+ is damaged in line [2-5]; /],
      [whole.replace('water/1', 'water/2'), /^: \S+ is no high-water file of this version/],
    ] as const) {
      await writeFile(file, text);
      expect(await check(lab)).toEqual([expect.stringMatching(wanted)]);
      expect(await readFile(file, 'utf8')).toBe(text);
    }
    // A crash in the middle of the last line is no damage.
    await writeFile(file, `${whole}0123`);
    expect(await check(lab)).toEqual([]);
  });

  it('tells beside a server that works what became of its high-water file', async () => {
    const lab = await laboratory(memoryStore());
    const file = join(lab.folder, 'data.high-water');
    const owner = newPublisher(lab, { gun: 'files/tools', now: lab.now });
    const live = async (): Promise<string> => (await ask(`${lab.url}/_countersign/v1/fsck`)).body.toString();
    const before = await readFile(file);
    await owner.post(await owner.first());
    expect(await live()).toMatch(/"findings":0,"marks":1/);
    const whole = await readFile(file, 'utf8');
    await writeFile(file, before);
    expect(await live()).toContain('but this server signed 1, 1 and 1: an older file was put in its place');
    await writeFile(file, whole.replace('",1', '",2'));
    expect(await live()).toContain('which has its high-water mark');
    await rm(file);
    expect(await live()).toContain('cannot be read: it does not exist (ENOENT)');
  });

  it('runs beside a server that works, for administrators alone', async () => {
    const lab = await laboratory(memoryStore());
    const owner = newPublisher(lab, { gun: 'files/tools', now: lab.now });
    await owner.post(await owner.first());
    const answer = await ask(`${lab.url}/_countersign/v1/fsck`);
    const steps: unknown[] = answer.body
      .toString()
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(steps.at(-1)).toMatchObject({ step: 'done', counts: { repositories: 1, findings: 0 } });
    expect((await ask(`${lab.url}/_countersign/v1/fsck`, { method: 'POST' })).status).toBe(405);
  });
});

async function* given<Item>(items: readonly Item[]): AsyncGenerator<Item> {
  yield* items;
}

/** The newest timestamp with another signature, and everything that names it made to fit. */
function forged(items: readonly (StoredItem | DamagedItem)[]): readonly (StoredItem | DamagedItem)[] {
  const isTools = (item: StoredItem | DamagedItem): boolean => 'repository' in item && item.repository?.gun === 'files/tools';
  const [before] = items.flatMap((item) => (item.item === 'head' && isTools(item) ? (item.head.files.get(TIMESTAMP) ?? []) : []));
  const [file] = items.flatMap((item) => (item.item === 'file' && item.digest === before?.digest ? item : []));
  if (before === undefined || file === undefined) throw new Error('there is no timestamp to forge');
  const text = Buffer.from(file.bytes).toString();
  const bytes = Buffer.from(text.replace(/"sig":"([0-9a-f])/, (_, first: string) => `"sig":"${first === '0' ? '1' : '0'}`));
  const digest = parseDigest(`sha256:${createHash('sha256').update(bytes).digest('hex')}`);
  return items.map((item) => {
    if (item.item === 'file' && item === file) return { ...item, bytes, digest };
    if (item.item === 'version' && item.digest === before.digest) return { ...item, digest };
    if (item.item !== 'head' || !isTools(item)) return item;
    return { ...item, head: { ...item.head, files: new Map([...item.head.files, [TIMESTAMP, { ...before, digest }]]) } };
  });
}

// Contract: what a dump gives is everything, of one moment, and a store that loaded it answers as the one that was dumped.
import { expect, it } from 'vitest';
import type { DamagedItem, StoredItem } from '../dump/item.ts';
import { memoryStore } from '../memory.ts';
import type { MetadataStore } from '../store.ts';
import type { Laboratory } from './laboratory.ts';
import {
  allRoles,
  app,
  appInNotary,
  bytesOf,
  change,
  digestOf,
  gun,
  newFile,
  publish,
  repositoriesOf,
  role,
  served,
  textOf,
  tool,
  version,
} from './samples.ts';

const name = 'targets/releases';
const claim = { kind: 'root', digest: 'ab12' };

export function dumpContract(laboratory: () => Laboratory): void {
  it('gives all lines, lives, drafts, records and claims, and loads them again as they were', async () => {
    const { store } = laboratory();
    await fill(store);
    const items = await all(store.dump());
    const other = memoryStore();
    await other.load(again(items));
    await sameAnswers(other, store);
    expect(await all(other.dump())).toHaveLength(items.length);
  });

  it('loads what another store gave, also after it was reopened, and goes on from there', async () => {
    const lab = laboratory();
    const other = memoryStore();
    await fill(other);
    await lab.store.load(other.dump());
    await lab.reopen?.();
    const { store } = lab;
    await sameAnswers(store, other);
    const head = await store.head(app);
    const next = await publish(store, app, head, { files: [newFile('targets', 2)] });
    expect(next.revision).toBe((head?.revision ?? 0) + 1);
    expect((await store.records({ limit: 100 })).map(({ position }) => position)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9]);
    await expect(publish(store, tool, await store.head(tool), { claims: [claim] })).rejects.toMatchObject({ code: 'claimed' });
  });

  it('gives repositories, then records by position, then claims by kind and digest', async () => {
    const { store } = laboratory();
    await fill(store);
    const items = await all(store.dump());
    const groups = items.map(({ item }) => (item === 'record' || item === 'claim' ? item : 'repository'));
    expect([...new Set(groups)]).toEqual(['repository', 'record', 'claim']);
    expect(groups).toEqual([...groups].sort((one, two) => groups.indexOf(one) - groups.indexOf(two)));
    const heads = items.flatMap((item) => (item.item === 'head' ? [item.repository] : []));
    expect(heads).toEqual(await repositoriesOf(store));
    expect(items.flatMap((item) => (item.item === 'record' ? [item.position] : []))).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
    const claims = items.flatMap((item) => (item.item === 'claim' ? [`${item.claim.kind} ${item.claim.digest}`] : []));
    expect(claims).toEqual([...claims].sort());
  });

  it('shows one moment, however much is committed while it is read', async () => {
    const { store } = laboratory();
    await fill(store);
    const before = await all(store.dump());
    const seen: (StoredItem | DamagedItem)[] = [];
    let head = await store.head(app);
    let number = 2;
    for await (const item of store.dump()) {
      seen.push(item);
      if (seen.length % 4 !== 1) continue;
      head = await publish(store, app, head, { files: allRoles(number) });
      await publish(store, { gun: gun(`new/${number}`), dialect: 'tuf' }, undefined, {
        files: allRoles(1),
        claims: [{ kind: 'root', digest: `${10 + number}` }],
      });
      number += 1;
    }
    expect(seen).toEqual(before);
    expect(number).toBeGreaterThan(4);
  });

  it('may be left early, and be read by two at once', async () => {
    const { store } = laboratory();
    await fill(store);
    for await (const item of store.dump()) {
      expect(item.item).toBe('head');
      break;
    }
    const [one, two] = await Promise.all([all(store.dump()), all(store.dump())]);
    expect(one).toEqual(two);
  });

  it('loads nothing into a store that ever had a commit', async () => {
    const { store } = laboratory();
    await publish(store, tool, undefined, { files: allRoles(1) });
    await expect(store.load(again([]))).rejects.toMatchObject({ code: 'invalid' });
    expect(await served(store, tool, 'root', 1)).toBe('root v1');
  });

  it.each<readonly [string, (items: readonly (StoredItem | DamagedItem)[]) => readonly (StoredItem | DamagedItem)[]]>([
    ['lacks a file', (items) => without(items, 'file')],
    ['lacks a version', (items) => without(items, 'version')],
    ['lacks a draft', (items) => without(items, 'draft')],
    ['lacks a record', (items) => without(items, 'record')],
    ['lacks its last record', (items) => without([...items].reverse(), 'record').reverse()],
    ['lacks a head', (items) => without(items, 'head')],
    ['has a file with other bytes', (items) => items.map((item) => (item.item === 'file' ? { ...item, bytes: bytesOf('other') } : item))],
    ['has a record with other bytes', (items) => items.map((item) => (item.item === 'record' ? { ...item, bytes: bytesOf('{}') } : item))],
    [
      'has its records in another order',
      (items) => items.map((item) => (item.item === 'record' ? { ...item, position: 9 - item.position } : item)),
    ],
  ])('refuses to load what %s', async (_, harm) => {
    const { store } = laboratory();
    const source = memoryStore();
    await fill(source);
    await expect(store.load(again(harm(await all(source.dump()))))).rejects.toMatchObject({ code: 'damaged' });
  });
}

/** Two lines of a role, two lives, a tombstone, a draft, claims, generations, and both dialects of a name: eight records. */
async function fill(store: MetadataStore): Promise<void> {
  const first = await publish(store, app, undefined, { files: [...allRoles(1), newFile(name, 4), newFile(name, 5)], claims: [claim] });
  const gone = await publish(store, app, first, { retired: [role(name)] });
  const back = await publish(store, app, gone, { files: [newFile(name, 1, 'second line')], generations: new Map([['snapshot', 3]]) });
  const pending = [{ role: role('targets'), signed: digestOf(bytesOf('draft')), bytes: bytesOf('draft') }];
  await store.commit(app, back.revision, change({ pending }));
  const other = await publish(store, appInNotary, undefined, { files: allRoles(1), claims: [{ kind: 'delegated', digest: 'cd' }] });
  const deleted = await publish(store, appInNotary, other, { deleted: true });
  await publish(store, appInNotary, deleted, { files: [newFile('root', 1, 'second life')], deleted: false, reset: true });
  const ended = await publish(store, tool, undefined, { files: allRoles(7) });
  await store.commit(tool, ended.revision, change({ files: [newFile('timestamp', 8)] }));
  await publish(store, tool, await store.head(tool), { deleted: true });
}

async function sameAnswers(store: MetadataStore, wanted: MetadataStore): Promise<void> {
  expect(await repositoriesOf(store)).toEqual(await repositoriesOf(wanted));
  for (const repository of [app, appInNotary, tool]) {
    expect(await store.head(repository)).toEqual(await wanted.head(repository));
    for (const [roleName, number] of [
      ['root', 1],
      [name, 1],
      [name, 4],
      [name, 5],
      ['timestamp', 7],
      ['timestamp', 8],
    ] as const) {
      const ref = { role: role(roleName), version: version(number) };
      expect(textOf(await store.file(repository, ref))).toBe(textOf(await wanted.file(repository, ref)));
      expect(textOf(await store.kept(repository, ref))).toBe(textOf(await wanted.kept(repository, ref)));
    }
    const old = { role: role(name), digest: digestOf(bytesOf(`${name} v5`)) };
    expect(textOf(await store.file(repository, old))).toBe(textOf(await wanted.file(repository, old)));
    expect(await store.records({ repository, limit: 100 })).toEqual(await wanted.records({ repository, limit: 100 }));
  }
  expect(textOf(await store.pending(app, role('targets')))).toBe('draft');
  expect(await store.records({ limit: 100 })).toEqual(await wanted.records({ limit: 100 }));
  expect(await store.claimants([claim])).toEqual([app.gun]);
  expect(await store.claimants([{ kind: 'delegated', digest: 'cd' }])).toEqual([app.gun]);
}

async function all<Item>(items: AsyncIterable<Item>): Promise<readonly Item[]> {
  const found: Item[] = [];
  for await (const item of items) found.push(item);
  return found;
}

async function* again<Item>(items: readonly Item[]): AsyncGenerator<Item> {
  yield* items;
}

function without(items: readonly (StoredItem | DamagedItem)[], kind: string): (StoredItem | DamagedItem)[] {
  const at = items.findIndex(({ item }) => item === kind);
  return items.filter((_, index) => index !== at);
}

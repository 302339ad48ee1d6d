// Heads that are kept in memory must be those that stand on disk: each commit is held to them.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { allRoles, app, change, newFile, publish, recordOf, served } from '../contract/samples.ts';
import { repositoryKey } from '../repository-key.ts';
import type { Head, Revision } from '../store.ts';
import { headKey } from './keys.ts';
import { LevelStore } from './level-store.ts';
import { openLevelStore } from './open.ts';
import { ReplaceableTable } from './replaceable-table.ts';
import { openTable, type Table } from './table.ts';

let parent: string;
let folder: string;
beforeEach(async () => {
  parent = await mkdtemp(join(tmpdir(), 'countersign-heads-'));
  folder = join(parent, 'store');
  await (await openLevelStore(folder)).close();
});
afterEach(async () => {
  await rm(parent, { recursive: true });
});

/** A store of one publish whose disk can be told to write, and then to say that it could not. */
async function doubtful() {
  const disk = { errs: false, asked: [] as string[] };
  const open = async (): Promise<Table> => {
    const table = await openTable(folder, { create: false, cacheBytes: 1 << 20 });
    return {
      ...table,
      getMany: (keys) => {
        disk.asked.push(...keys);
        return table.getMany(keys);
      },
      write: async (writes) => {
        await table.write(writes);
        if (disk.errs) throw new Error('input/output error');
      },
    };
  };
  let last = 0;
  const again = { room: async () => undefined, open, lastPosition: async () => last };
  const store = new LevelStore(new ReplaceableTable(await open()), 0, again);
  const first = await publish(store, app, undefined, { files: allRoles(1) });
  return { store, disk, first, endsAt: (position: number) => (last = position) };
}

const diskHead = async (store: LevelStore): Promise<Head | undefined> => {
  for await (const item of store.dump()) if (item.item === 'head') return item.head;
  return undefined;
};

it('a write that was unsure and kept is what stands after the store was opened anew, and what the next commit is held to', async () => {
  const { store, disk, first, endsAt } = await doubtful();
  disk.errs = true;
  await expect(publish(store, app, first, { files: allRoles(2) })).rejects.toMatchObject({ code: 'unavailable' });
  expect(await store.head(app)).toEqual(first);
  disk.errs = false;
  endsAt(2);
  await store.reopen();
  const kept = await store.head(app);
  expect([kept?.seq, await served(store, app, 'root', 2)]).toEqual([2, 'root v2']);
  await expect(publish(store, app, first, { files: allRoles(2) })).rejects.toMatchObject({ code: 'conflict' });
  expect((await publish(store, app, kept, { files: allRoles(3) })).seq).toBe(3);
  expect(await store.head(app)).toEqual(await diskHead(store));
  await store.close();
});

it('several commits of one repository in one batch leave the last of their heads, and each is held to the one before', async () => {
  const { store, first } = await doubtful();
  const after = (head: Head, by: number): Revision => (head.revision + by) as Revision;
  const settled = await Promise.allSettled([
    store.commit(app, first.revision, change({ files: [newFile('timestamp', 2)] })),
    store.commit(app, after(first, 1), change({ files: [newFile('timestamp', 3)] })),
    store.commit(app, after(first, 1), change({ files: [newFile('timestamp', 4, 'lost')] })),
    store.commit(app, after(first, 2), change({ files: [newFile('timestamp', 4)] })),
  ]);
  expect(settled.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'rejected', 'fulfilled']);
  expect(store.counts.batches).toBe(2);
  const head = await store.head(app);
  expect(head).toEqual(await diskHead(store));
  expect([head?.revision, await served(store, app, 'timestamp', 4)]).toEqual([after(first, 3), 'timestamp v4']);
  await store.close();
});

it('a commit asks the table for no head that was written or read lately', async () => {
  const { store, disk, first } = await doubtful();
  disk.asked.length = 0;
  const files = allRoles(2);
  await store.commit(app, first.revision, change({ files, record: recordOf(app, first, { files }) }));
  expect(disk.asked).not.toContain(headKey(repositoryKey(app)));
  await store.close();
});

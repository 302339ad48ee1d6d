import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { allRoles, app, change, gun, newFile, publish, served, tool } from '../contract/samples.ts';
import { StoreError } from '../errors.ts';
import type { RepositoryRef } from '../store.ts';
import { LevelStore } from './level-store.ts';
import { openLevelStore } from './open.ts';
import { ReplaceableTable } from './replaceable-table.ts';
import { openTable, type Table } from './table.ts';

let parent: string;
let folder: string;
beforeEach(async () => {
  parent = await mkdtemp(join(tmpdir(), 'countersign-writer-'));
  folder = join(parent, 'store');
});
afterEach(async () => {
  await rm(parent, { recursive: true });
});

const repositories = Array.from({ length: 16 }, (_, index): RepositoryRef => ({ gun: gun(`team/app-${index}`), dialect: 'tuf' }));

describe('commits that wait together', () => {
  it('are merged into fewer batches, and numbered in one line', async () => {
    const store = await openLevelStore(folder);
    const lines = repositories.map(async (repository) => {
      const first = await publish(store, repository, undefined, { files: allRoles(1) });
      await publish(store, repository, first, { files: allRoles(2) });
    });
    await Promise.all(lines);
    expect(store.counts.commits).toBe(32);
    expect(store.counts.batches).toBeLessThanOrEqual(4);
    const records = await store.records({ limit: 100 });
    expect(records.map(({ position }) => position)).toEqual(Array.from({ length: 32 }, (_, index) => index + 1));
    await store.close();
  });

  it('lose alone', async () => {
    const store = await openLevelStore(folder);
    const claims = [{ kind: 'root', digest: 'ab' }];
    const settled = await Promise.allSettled([
      publish(store, app, undefined, { files: [newFile('root', 1, 'first')], claims }),
      publish(store, app, undefined, { files: [newFile('root', 1, 'second')] }),
      publish(store, tool, undefined, { files: [newFile('root', 1)], claims }),
      publish(store, tool, undefined, { files: [newFile('root', 1)] }),
    ]);
    expect(settled.map((outcome) => (outcome.status === 'rejected' ? outcome.reason.code : 'kept'))).toEqual([
      'kept',
      'conflict',
      'claimed',
      'kept',
    ]);
    expect(store.counts).toEqual({ commits: 2, refused: 2, batches: 1 });
    expect(await served(store, app, 'root', 1)).toBe('first');
    await store.close();
  });

  it('are spread over several batches when they are large', async () => {
    const store = await openLevelStore(folder);
    const large = Buffer.alloc(33 * 1024 * 1024);
    await Promise.all(
      repositories.slice(0, 2).map((repository) => publish(store, repository, undefined, { files: [newFile('targets', 1, large)] })),
    );
    expect(store.counts).toEqual({ commits: 2, refused: 0, batches: 2 });
    await store.close();
  });

  it('write nothing when all of them lose', async () => {
    const store = await openLevelStore(folder);
    await publish(store, app, undefined, { files: allRoles(1) });
    await expect(publish(store, app, undefined, { files: allRoles(2) })).rejects.toMatchObject({ code: 'conflict' });
    expect(store.counts).toEqual({ commits: 1, refused: 1, batches: 1 });
    await store.close();
  });
});

describe('a write that fails', () => {
  /** A table on a disk that stops writing. */
  function failing(table: Table): Table & { fail(): void } {
    let failed = false;
    return {
      ...table,
      fail: () => {
        failed = true;
      },
      write: async (writes) => {
        if (failed) throw new Error('no space left on device');
        await table.write(writes);
      },
    };
  }

  it('fails every waiting commit, shows nothing of them, and stops the store until it is reopened', async () => {
    await (await openLevelStore(folder)).close();
    const table = failing(await openTable(folder, { create: false, cacheBytes: 1 << 20 }));
    const store = new LevelStore(new ReplaceableTable(table), 0, {
      room: async () => {
        throw new StoreError('unavailable', 'no room');
      },
      open: () => openTable(folder, { create: false, cacheBytes: 1 << 20 }),
      lastPosition: async () => 0,
    });
    const first = await publish(store, app, undefined, { files: allRoles(1) });
    table.fail();
    const waiting = [
      publish(store, app, first, { files: allRoles(2) }),
      publish(store, app, first, { files: [newFile('root', 2, 'loses to one that may not exist')] }),
      ...repositories.map((repository) => publish(store, repository, undefined, { files: allRoles(1) })),
    ];
    for (const outcome of await Promise.allSettled(waiting)) {
      expect(outcome).toMatchObject({ status: 'rejected', reason: { code: 'unavailable', cause: { message: 'no space left on device' } } });
    }
    await expect(store.commit(app, first.revision, change({}))).rejects.toMatchObject({ code: 'failed' });
    expect(await store.head(app)).toEqual(first);
    expect(await served(store, app, 'root', 2)).toBeUndefined();
    expect(await store.records({ limit: 10 })).toHaveLength(1);
    await expect(store.reopen()).rejects.toMatchObject({ code: 'unavailable', message: 'no room' });
    await expect(store.commit(app, first.revision, change({}))).rejects.toMatchObject({ code: 'failed' });
    expect(await served(store, app, 'root', 1)).toBe('root v1');
    await store.close();
    await expect(store.commit(app, first.revision, change({}))).rejects.toMatchObject({ code: 'closed' });
    await expect(store.reopen()).rejects.toMatchObject({ code: 'closed' });
    const reopened = await openLevelStore(folder);
    expect(await reopened.head(app)).toEqual(first);
    expect((await publish(reopened, app, first, { files: allRoles(2) })).seq).toBe(2);
    await reopened.close();
  });
});

// Contract: the record is one unbroken chain for each repository, and one line for the store.
import { expect, it } from 'vitest';
import { noRecordHash, recordHash } from '../record/hash.ts';
import { readRecord } from '../record/read.ts';
import type { Head, MetadataStore, RecordQuery, RepositoryRef } from '../store.ts';
import type { Laboratory } from './laboratory.ts';
import { allRoles, app, newFile, publish, role, tool } from './samples.ts';

export function recordContract(laboratory: () => Laboratory): void {
  it('chains the records of a repository without a gap, across deletion and a new life', async () => {
    const { store } = laboratory();
    const heads = await history(store, app);
    const records = await store.records({ repository: app, limit: 100 });
    expect(records.map(({ record }) => record.kind)).toEqual(['publish', 'publish', 'delete', 'publish']);
    let prev = noRecordHash;
    for (const [index, { bytes, record }] of records.entries()) {
      expect(record).toEqual(readRecord(bytes));
      expect(record).toMatchObject({ gun: app.gun, dialect: app.dialect, seq: index + 1, prev });
      prev = recordHash(bytes);
      expect(heads[index]).toMatchObject({ seq: index + 1, recordHash: prev });
    }
  });

  it('writes no record for a commit without one, and continues behind it', async () => {
    const { store } = laboratory();
    const first = await publish(store, app, undefined, { files: allRoles(1) });
    const refreshed = await store.commit(app, first.revision, { files: [newFile('timestamp', 2)], claims: [] });
    await publish(store, app, refreshed, { files: [newFile('targets', 2)] });
    const records = await store.records({ limit: 10 });
    expect(records.map(({ position, record }) => [position, record.seq])).toEqual([
      [1, 1],
      [2, 2],
    ]);
    expect(records[1]?.record.changed).toEqual([role('targets')]);
  });

  it('numbers all records of the store in one line', async () => {
    const { store } = laboratory();
    await history(store, app);
    await history(store, tool);
    const records = await store.records({ limit: 100 });
    expect(records.map(({ position }) => position)).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
    expect(await store.records({ repository: tool, limit: 100 })).toEqual(records.slice(4));
  });

  it('pages forward and backward, in a repository and in the store', async () => {
    const { store } = laboratory();
    await history(store, tool);
    await history(store, app);
    const seqs = async (query: RecordQuery) => (await store.records(query)).map(({ record }) => record.seq);
    const positions = async (query: RecordQuery) => (await store.records(query)).map(({ position }) => position);
    expect(await seqs({ repository: app, limit: 3 })).toEqual([1, 2, 3]);
    expect(await seqs({ repository: app, after: 3, limit: 3 })).toEqual([4]);
    expect(await seqs({ repository: app, after: 4, limit: 3 })).toEqual([]);
    expect(await seqs({ repository: app, before: Number.MAX_SAFE_INTEGER, limit: 3 })).toEqual([4, 3, 2]);
    expect(await seqs({ repository: app, before: 2, limit: 3 })).toEqual([1]);
    expect(await seqs({ repository: app, before: 1, limit: 3 })).toEqual([]);
    expect(await seqs({ repository: app, after: 1, before: 4, limit: 3 })).toEqual([2, 3]);
    expect(await seqs({ repository: app, after: 900, limit: 3 })).toEqual([]);
    expect(await positions({ after: 2, limit: 3 })).toEqual([3, 4, 5]);
    expect(await positions({ before: 6, limit: 2 })).toEqual([5, 4]);
    expect(await positions({ after: 8, limit: 2 })).toEqual([]);
  });

  it('refuses a page without a sensible size or bound', async () => {
    const { store } = laboratory();
    for (const query of [
      { limit: 0 },
      { limit: 1001 },
      { limit: 1.5 },
      { limit: 1, after: -1 },
      { limit: 1, before: 0.5 },
      { limit: Number.NaN },
    ]) {
      await expect(store.records(query)).rejects.toMatchObject({ code: 'invalid' });
    }
  });
}

/** Four records: two publishes, a deletion, a new life. */
async function history(store: MetadataStore, repository: RepositoryRef): Promise<readonly Head[]> {
  const first = await publish(store, repository, undefined, { files: allRoles(1) });
  const second = await publish(store, repository, first, { files: [newFile('targets', 2)] });
  const third = await publish(store, repository, second, { deleted: true });
  const fourth = await publish(store, repository, third, { files: allRoles(3), deleted: false, reset: true });
  return [first, second, third, fourth];
}

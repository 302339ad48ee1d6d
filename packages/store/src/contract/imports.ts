// Contract: the history of a repository that began elsewhere. An old server has gaps, an import brings many versions in one commit or
// in several, and one that was interrupted begins again with what is stored already.
import { expect, it } from 'vitest';
import type { Head, MetadataStore, NewFile } from '../store.ts';
import type { Laboratory } from './laboratory.ts';
import { appInNotary as app, change, newFile, recordOf, role, served } from './samples.ts';

/** Versions of each role as an old server may hold them: first targets and snapshots are 2 there, and only roots have no gaps. */
const history: ReadonlyMap<string, readonly number[]> = new Map([
  ['root', [1, 2, 3, 4]],
  ['targets', [2, 5, 9]],
  ['targets/releases', [1, 4]],
  ['targets/a/b', [3]],
  ['snapshot', [2, 3, 8, 20]],
  ['timestamp', [1, 2, 40]],
]);
const files: readonly NewFile[] = [...history].flatMap(([name, versions]) => versions.map((number) => newFile(name, number)));
const newest = [...history].map(([name, versions]) => [name, versions.at(-1)]);

export function importContract(laboratory: () => Laboratory): void {
  it('takes many versions of many roles in one commit, with gaps and in any order', async () => {
    const { store } = laboratory();
    await whole(store, await imported(store, undefined, files.toReversed()));
    const [stored] = await store.records({ repository: app, limit: 10 });
    expect(stored?.record).toMatchObject({
      kind: 'import',
      seq: 1,
      root: recorded('root', 4),
      snapshot: recorded('snapshot', 20),
      targets: recorded('targets', 9),
      changed: ['root', 'snapshot', 'targets', 'targets/a/b', 'targets/releases'],
    });
  });

  it('takes them in several commits, each with a record of what stands then', async () => {
    const { store } = laboratory();
    let head: Head | undefined;
    for (let at = 0; at < files.length; at += 5) head = await imported(store, head, files.slice(at, at + 5));
    await whole(store, head);
    const records = (await store.records({ repository: app, limit: 10 })).map(({ record }) => record);
    expect(records.map(({ root, snapshot, targets }) => [root?.version, snapshot?.version, targets?.version])).toEqual([
      [4, undefined, 2],
      [4, undefined, 9],
      [4, 20, 9],
      [4, 20, 9],
    ]);
    expect(records.map((record) => record.changed)).toEqual([
      ['root', 'targets'],
      ['targets', 'targets/a/b', 'targets/releases'],
      ['snapshot'],
      [],
    ]);
  });

  it('takes an import that begins again, from any point, with all that is stored and all that is not', async () => {
    for (let stop = 1; stop <= files.length; stop += 4) {
      const { store } = laboratory();
      const before = await store.head(app);
      const deleted = before && (await store.commit(app, before.revision, change({ deleted: true })));
      const renewed = deleted && (await store.commit(app, deleted.revision, change({ deleted: false, reset: true })));
      const stopped = await imported(store, renewed, files.slice(0, stop));
      const resumed = await imported(store, stopped, files);
      await whole(store, resumed);
      const again = await imported(store, resumed, files);
      expect(again.files).toEqual(resumed.files);
      const [last] = await store.records({ repository: app, before: Number.MAX_SAFE_INTEGER, limit: 1 });
      expect(last?.record).toMatchObject({ kind: 'import', changed: [], root: recorded('root', 4), targets: recorded('targets', 9) });
    }
  });

  it('has the same again after it was reopened in the middle', async ({ skip }) => {
    const lab = laboratory();
    if (!lab.reopen) skip('this store keeps nothing');
    await imported(lab.store, undefined, files.slice(0, 7));
    await lab.reopen?.();
    await imported(lab.store, await lab.store.head(app), files);
    await lab.reopen?.();
    await whole(lab.store, await lab.store.head(app));
  });

  it('refuses other bytes for a version that was imported, and a version that would fill a gap later', async () => {
    const { store } = laboratory();
    const head = await imported(store, undefined, files);
    for (const file of [newFile('targets', 5, 'other'), newFile('targets', 4), newFile('root', 2, 'other')]) {
      await expect(store.commit(app, head.revision, change({ files: [...files, file] }))).rejects.toMatchObject({ name: 'StoreError' });
      await expect(store.commit(app, head.revision, change({ files: [file] }))).rejects.toMatchObject({ code: 'version' });
    }
    expect(await store.head(app)).toEqual(head);
  });
}

const imported = (store: MetadataStore, head: Head | undefined, some: readonly NewFile[]): Promise<Head> =>
  store.commit(app, head?.revision ?? 'new', change({ files: some, record: recordOf(app, head, { files: some }, 'import') }));

const recorded = (name: string, number: number) => ({ version: number, digest: newFile(name, number).digest });

async function whole(store: MetadataStore, head: Head | undefined): Promise<void> {
  expect([...(head?.files.values() ?? [])].map((file) => [file.role, file.version]).toSorted()).toEqual(newest.toSorted());
  for (const [name, versions] of history) {
    for (let number = 1; number <= 41; number += 1) {
      expect(await served(store, app, name, number)).toBe(versions.includes(number) ? `${name} v${number}` : undefined);
    }
    expect(head?.files.get(role(name))?.digest).toBe(newFile(name, versions.at(-1) ?? 0).digest);
  }
}

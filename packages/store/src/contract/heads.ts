// Contract: heads, and commits that win or lose as a whole.
import { expect, it } from 'vitest';
import { noRecordHash } from '../record/hash.ts';
import type { Laboratory } from './laboratory.ts';
import { allRoles, app, appInNotary, change, gun, newFile, publish, recordOf, repositoriesOf, role, served, tool } from './samples.ts';

export function headContract(laboratory: () => Laboratory): void {
  it('knows nothing of a repository before its first commit', async () => {
    const { store } = laboratory();
    expect(await store.head(app)).toBeUndefined();
    expect(await served(store, app, 'root', 1)).toBeUndefined();
    expect(await store.records({ repository: app, limit: 10 })).toEqual([]);
  });

  it('answers a commit with the head that it made, and every read with the same', async () => {
    const { store } = laboratory();
    const files = allRoles(1);
    const record = recordOf(app, undefined, { files });
    const head = await store.commit(app, 'new', change({ files, record, generations: new Map([['snapshot', 0]]) }));
    expect(head).toMatchObject({ seq: 1, recordHash: record.hash, deleted: false });
    expect(head.files.get(role('root'))).toEqual({ role: 'root', version: 1, digest: files[0]?.digest, length: 7 });
    expect([...head.generations]).toEqual([['snapshot', 0]]);
    expect(await store.head(app)).toEqual(head);
  });

  it('keeps what a change does not name', async () => {
    const { store } = laboratory();
    const first = await publish(store, app, undefined, { files: allRoles(1), generations: new Map([['timestamp', 1]]) });
    const second = await store.commit(app, first.revision, change({ files: [newFile('timestamp', 2)] }));
    expect(second.revision).toBeGreaterThan(first.revision);
    expect(second).toMatchObject({ seq: 1, recordHash: first.recordHash });
    expect([...second.files.values()].map((file) => file.version)).toEqual([1, 1, 1, 2]);
    expect([...second.generations]).toEqual([['timestamp', 1]]);
  });

  it('keeps the two dialects of one GUN apart', async () => {
    const { store } = laboratory();
    await publish(store, app, undefined, { files: [newFile('root', 1, 'tuf')] });
    expect(await store.head(appInNotary)).toBeUndefined();
    await publish(store, appInNotary, undefined, { files: [newFile('root', 1, 'notary')] });
    expect(await served(store, app, 'root', 1)).toBe('tuf');
    expect(await served(store, appInNotary, 'root', 1)).toBe('notary');
  });

  it('refuses a commit on a head that moved, and keeps nothing of it', async () => {
    const { store } = laboratory();
    const first = await publish(store, app, undefined, { files: allRoles(1) });
    const second = await publish(store, app, first, { files: [newFile('targets', 2)] });
    const claims = [{ kind: 'targets', digest: 'aa' }];
    const late = change({ files: [newFile('targets', 3, 'late')], claims });
    await expect(store.commit(app, first.revision, late)).rejects.toMatchObject({ code: 'conflict' });
    await expect(store.commit(app, 'new', late)).rejects.toMatchObject({ code: 'conflict' });
    await expect(store.commit(tool, second.revision, late)).rejects.toMatchObject({ code: 'conflict' });
    expect(await store.head(app)).toEqual(second);
    expect(await store.head(tool)).toBeUndefined();
    expect(await served(store, app, 'targets', 3)).toBeUndefined();
    expect(await store.claimants([{ kind: 'targets', digest: 'aa' }])).toEqual([undefined]);
  });

  it('refuses a record that does not continue the head', async () => {
    const { store } = laboratory();
    const files = allRoles(1);
    const first = await publish(store, app, undefined, { files });
    for (const strange of [undefined, { ...first, seq: 7 }, { ...first, recordHash: noRecordHash }]) {
      const record = recordOf(app, strange && { ...strange, files: first.files }, { files });
      await expect(store.commit(app, first.revision, change({ record }))).rejects.toMatchObject({ code: 'conflict' });
    }
    expect(await store.head(app)).toEqual(first);
  });

  it('refuses a change that contradicts itself', async () => {
    const { store } = laboratory();
    const file = newFile('root', 1);
    const record = recordOf(app, undefined, { files: [file] });
    const wrong = {
      'a digest of other bytes': change({ files: [{ ...file, digest: newFile('root', 2).digest }] }),
      'one version twice': change({ files: [file, newFile('root', 1, 'other')] }),
      'a record of another repository': change({ files: [file], record: recordOf(tool, undefined, { files: [file] }) }),
      'a record of other files': change({ files: [newFile('root', 1, 'other')], record }),
      'a record with another hash': change({ files: [file], record: { ...record, hash: noRecordHash } }),
      'a record with other bytes': change({ files: [file], record: { ...record, bytes: Uint8Array.of(...record.bytes, 10) } }),
      'a reset of nothing': change({ files: [file], reset: true, deleted: false }),
      'a claim that is no digest': change({ files: [file], claims: [{ kind: 'root', digest: '../x' }] }),
      'a generation below zero': change({ files: [file], generations: new Map([['snapshot', -1]]) }),
    };
    for (const [name, attempt] of Object.entries(wrong)) {
      await expect(store.commit(app, 'new', attempt), name).rejects.toMatchObject({ name: 'StoreError', code: 'invalid' });
    }
    expect(await store.head(app)).toBeUndefined();
  });

  it('lists every repository in one order, and resumes behind any of them', async () => {
    const { store } = laboratory();
    const guns = ['b', 'a/b', 'a', 'a-b', 'A', 'a%2Fb', 'ä', 'x y'];
    for (const name of guns) await publish(store, { gun: gun(name), dialect: 'notary' }, undefined, { files: allRoles(1) });
    await publish(store, { gun: gun('a'), dialect: 'tuf' }, undefined, { files: allRoles(1) });
    const all = await repositoriesOf(store);
    expect(new Set(all.map((repository) => `${repository.gun}|${repository.dialect}`))).toEqual(
      new Set([...guns.map((name) => `${name}|notary`), 'a|tuf']),
    );
    for (const [index, after] of all.entries()) {
      expect(await repositoriesOf(store, after)).toEqual(all.slice(index + 1));
    }
  });
}

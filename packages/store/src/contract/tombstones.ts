// Contract: deletion hides files and forgets nothing; a new life starts versions anew and continues the record.
import { expect, it } from 'vitest';
import type { Laboratory } from './laboratory.ts';
import {
  allRoles,
  app,
  bytesOf,
  change,
  digestOf,
  newFile,
  publish,
  recordOf,
  repositoriesOf,
  role,
  served,
  textOf,
  version,
} from './samples.ts';

export function tombstoneContract(laboratory: () => Laboratory): void {
  const generations = new Map([['timestamp', 2]] as const);

  it('keeps versions, seq and generations of a deleted repository, and serves none of its files', async () => {
    const { store } = laboratory();
    const first = await publish(store, app, undefined, { files: allRoles(4), generations });
    const deleted = await publish(store, app, first, { deleted: true });
    expect(deleted).toMatchObject({ seq: 2, deleted: true });
    expect(deleted.files).toEqual(first.files);
    expect(deleted.generations).toEqual(generations);
    expect(await store.head(app)).toEqual(deleted);
    expect(await served(store, app, 'root', 4)).toBeUndefined();
    expect(await store.file(app, { role: role('root'), digest: digestOf(bytesOf('root v4')) })).toBeUndefined();
    expect(textOf(await store.kept(app, { role: role('root'), version: version(4) }))).toBe('root v4');
    expect(await store.records({ repository: app, limit: 10 })).toHaveLength(2);
    expect(await repositoriesOf(store)).toEqual([app]);
  });

  it('does not take a tombstone for a new repository', async () => {
    const { store } = laboratory();
    const deleted = await publish(store, app, await publish(store, app, undefined, { files: allRoles(1) }), { deleted: true });
    const attempt = store.commit(app, 'new', change({ files: [newFile('root', 1, 'mine now')] }));
    await expect(attempt).rejects.toMatchObject({ code: 'conflict' });
    expect(await store.head(app)).toEqual(deleted);
  });

  it('serves all files again when the tombstone is lifted', async () => {
    const { store } = laboratory();
    const deleted = await publish(store, app, await publish(store, app, undefined, { files: allRoles(1) }), { deleted: true });
    const stale = store.commit(app, deleted.revision, change({ files: [newFile('root', 1, 'other')], deleted: false }));
    await expect(stale).rejects.toMatchObject({ code: 'version' });
    const lifted = await publish(store, app, deleted, { files: [newFile('root', 2)], deleted: false });
    expect(lifted).toMatchObject({ seq: 3, deleted: false });
    expect(await served(store, app, 'root', 1)).toBe('root v1');
    expect(await served(store, app, 'root', 2)).toBe('root v2');
  });

  it('starts versions anew after a reset, and never serves the earlier life', async () => {
    const { store } = laboratory();
    const first = await publish(store, app, undefined, { files: [...allRoles(3), newFile('releases', 3)], generations });
    const deleted = await publish(store, app, first, { deleted: true });
    const reborn = { files: [newFile('root', 1, 'second life'), newFile('timestamp', 4)], deleted: false, reset: true } as const;
    const head = await publish(store, app, deleted, reborn);
    expect([...head.files.keys()]).toEqual(['root', 'timestamp']);
    expect(head).toMatchObject({ seq: 3, generations });
    expect(await served(store, app, 'root', 1)).toBe('second life');
    expect(await served(store, app, 'releases', 3)).toBeUndefined();
    expect(await store.kept(app, { role: role('releases'), version: version(3) })).toBeUndefined();
    expect(await store.file(app, { role: role('root'), digest: digestOf(bytesOf('root v3')) })).toBeUndefined();
    expect(await store.records({ repository: app, limit: 10 })).toHaveLength(3);
  });

  it('resets nothing but a tombstone', async () => {
    const { store } = laboratory();
    const head = await publish(store, app, undefined, { files: allRoles(1) });
    const parts = { files: [newFile('root', 1, 'other')], deleted: false, reset: true } as const;
    const record = recordOf(app, head, parts);
    await expect(store.commit(app, head.revision, change({ ...parts, record }))).rejects.toMatchObject({ code: 'invalid' });
    expect(await served(store, app, 'root', 1)).toBe('root v1');
  });
}

export function draftContract(laboratory: () => Laboratory): void {
  const draft = (name: string, text: string) => ({ role: role(name), signed: digestOf(bytesOf(text)), bytes: bytesOf(text) });

  it('keeps one draft for a role, beside the metadata and without a record', async () => {
    const { store } = laboratory();
    const first = await publish(store, app, undefined, { files: allRoles(1) });
    const second = await store.commit(app, first.revision, change({ pending: [draft('targets', 'one'), draft('releases', 'two')] }));
    expect(second).toMatchObject({ seq: 1, files: first.files });
    const third = await store.commit(app, second.revision, change({ pending: [draft('targets', 'three')] }));
    expect(third.pending).toEqual(
      new Map([draft('targets', 'three'), draft('releases', 'two')].map(({ role: name, signed }) => [name, signed])),
    );
    expect(textOf(await store.pending(app, role('targets')))).toBe('three');
    expect(textOf(await store.pending(app, role('releases')))).toBe('two');
    expect(await store.file(app, { role: role('targets'), digest: digestOf(bytesOf('three')) })).toBeUndefined();
  });

  it('drops a draft in the commit that publishes it', async () => {
    const { store } = laboratory();
    const first = await store.commit(app, 'new', change({ pending: [draft('root', 'one'), draft('targets', 'two')] }));
    const second = await publish(store, app, first, { files: allRoles(1), dropPending: [role('root'), role('snapshot')] });
    expect([...second.pending.keys()]).toEqual(['targets']);
    expect(await store.pending(app, role('root'))).toBeUndefined();
  });

  it('drops all drafts of a repository that is deleted, and takes none for a tombstone', async () => {
    const { store } = laboratory();
    const first = await store.commit(app, 'new', change({ pending: [draft('root', 'one')] }));
    const deleted = await publish(store, app, first, { deleted: true });
    expect(deleted.pending.size).toBe(0);
    expect(await store.pending(app, role('root'))).toBeUndefined();
    const attempt = store.commit(app, deleted.revision, change({ pending: [draft('root', 'two')] }));
    await expect(attempt).rejects.toMatchObject({ code: 'invalid' });
  });
}

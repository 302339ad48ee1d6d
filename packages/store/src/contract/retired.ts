// Contract: a retired role leaves the head and starts over when it comes back. What readers of an older state may still ask for by
// digest stays; what they would ask for by version does not, because the new line has versions of its own.
import { expect, it } from 'vitest';
import type { Change, Head, MetadataStore } from '../store.ts';
import type { Laboratory } from './laboratory.ts';
import {
  allRoles,
  app,
  appInNotary,
  bytesOf,
  change,
  digestOf,
  newFile,
  publish,
  recordOf,
  role,
  served,
  textOf,
  version,
} from './samples.ts';

const name = 'targets/releases';
const releases = role(name);
const retired = [releases];

export function retiredContract(laboratory: () => Laboratory): void {
  it('lets a retired role leave the head, keeps its files by digest and answers none by version', async () => {
    const { store } = laboratory();
    const head = await delegated(store);
    const next = await publish(store, app, head, { files: [newFile('targets', 2)], retired });
    expect([...next.files.keys()]).toEqual(['root', 'targets', 'snapshot', 'timestamp']);
    expect(await store.head(app)).toEqual(next);
    for (const number of [4, 5]) {
      expect(await byDigest(store, `${name} v${number}`)).toEqual([`${name} v${number}`, `${name} v${number}`]);
      expect(await served(store, app, name, number)).toBeUndefined();
      expect(await store.kept(app, { role: releases, version: version(number) })).toBeUndefined();
    }
    expect(await served(store, app, 'targets', 1)).toBe('targets v1');
    expect(await served(store, app, 'root', 1)).toBe('root v1');
  });

  it('takes any version of a role that comes back, and serves versions of the new line alone', async () => {
    const { store } = laboratory();
    const gone = await publish(store, app, await delegated(store), { retired });
    const back = await publish(store, app, gone, { files: [newFile(name, 1, 'second line')] });
    expect(back.files.get(releases)).toMatchObject({ version: 1, digest: digestOf(bytesOf('second line')) });
    expect(await served(store, app, name, 1)).toBe('second line');
    for (const number of [4, 5]) expect(await served(store, app, name, number)).toBeUndefined();
    // Version 4 was stored with other bytes in the line before.
    const on = await publish(store, app, back, { files: [newFile(name, 4, 'other bytes')] });
    expect(await served(store, app, name, 1)).toBe('second line');
    expect(await served(store, app, name, 4)).toBe('other bytes');
    expect(await byDigest(store, `${name} v4`)).toEqual([`${name} v4`, `${name} v4`]);
    for (const file of [newFile(name, 3), newFile(name, 4)]) {
      await expect(store.commit(app, on.revision, change({ files: [file] }))).rejects.toMatchObject({ code: 'version' });
    }
    const again = await publish(store, app, on, { files: [newFile(name, 1, 'second line')] });
    expect(again.files).toEqual(on.files);
  });

  it('takes the same bytes again in the new line', async () => {
    const { store } = laboratory();
    const gone = await publish(store, app, await delegated(store), { retired });
    await publish(store, app, gone, { files: [newFile(name, 5)] });
    expect(await served(store, app, name, 5)).toBe(`${name} v5`);
    expect(await served(store, app, name, 4)).toBeUndefined();
  });

  it('keeps the lines of a role apart, however often it is retired, and those of other roles as they are', async () => {
    const { store } = laboratory();
    let head = await delegated(store);
    for (const round of [1, 2, 3]) {
      head = await publish(store, app, head, { files: [newFile(`targets/new${round}`, 1)], retired });
      head = await publish(store, app, head, { files: [newFile(name, round, `round ${round}`), newFile('targets', round + 1)] });
      expect(await served(store, app, name, round)).toBe(`round ${round}`);
      expect(await served(store, app, name, round - 1 || 5)).toBeUndefined();
      for (const number of [1, round + 1]) expect(await served(store, app, 'targets', number)).toBe(`targets v${number}`);
    }
    for (const round of [1, 2, 3]) expect(await served(store, app, `targets/new${round}`, 1)).toBe(`targets/new${round} v1`);
    expect(await store.records({ repository: app, limit: 10 })).toHaveLength(7);
  });

  it('retires many roles at once, and roles that have no file', async () => {
    const { store } = laboratory();
    const names = ['targets/a', 'targets/a/b', '__proto__'];
    const first = await publish(store, app, undefined, { files: [...allRoles(1), ...names.map((each) => newFile(each, 7))] });
    const second = await publish(store, app, first, { retired: [...names.map(role), role('targets/never'), role('targets/a')] });
    expect([...second.files.keys()]).toEqual(['root', 'targets', 'snapshot', 'timestamp']);
    const third = await publish(store, app, second, { retired: names.map(role) });
    await publish(store, app, third, { files: names.map((each) => newFile(each, 1, `back ${each}`)) });
    for (const each of names) expect(await served(store, app, each, 1)).toBe(`back ${each}`);
  });

  it('drops the draft of a retired role', async () => {
    const { store } = laboratory();
    const pending = [releases, role('targets/a')].map((each) => ({ role: each, signed: digestOf(bytesOf(each)), bytes: bytesOf(each) }));
    const first = await store.commit(app, 'new', change({ files: allRoles(1), pending }));
    const second = await store.commit(app, first.revision, change({ retired }));
    expect([...second.pending.keys()]).toEqual(['targets/a']);
    expect(await store.pending(app, releases)).toBeUndefined();
  });

  it('refuses to retire a top-level role, or one that the same change brings, and keeps nothing of it', async () => {
    const { store } = laboratory();
    const head = await delegated(store);
    const draft = { role: releases, signed: digestOf(bytesOf('draft')), bytes: bytesOf('draft') };
    const wrong: readonly Partial<Change>[] = [
      ...['root', 'targets', 'snapshot', 'timestamp'].map((each) => ({ retired: [releases, role(each)] })),
      { retired, files: [newFile(name, 6)] },
      { retired, pending: [draft] },
    ];
    for (const parts of wrong) {
      const attempt = store.commit(app, head.revision, change({ files: [newFile('snapshot', 2)], ...parts }));
      await expect(attempt).rejects.toMatchObject({ name: 'StoreError', code: 'invalid' });
    }
    expect(await store.head(app)).toEqual(head);
    expect(await served(store, app, name, 5)).toBe(`${name} v5`);
  });

  it('retires nothing when the commit loses', async () => {
    const { store } = laboratory();
    const head = await delegated(store);
    const record = recordOf(app, head, {});
    const attempts = [
      store.commit(app, 'new', change({ retired, record })),
      store.commit(app, head.revision, change({ retired, record: recordOf(app, { ...head, seq: 7 }, {}) })),
      store.commit(app, head.revision, change({ retired, files: [newFile('targets', 1, 'other')] })),
    ];
    const codes = (await Promise.allSettled(attempts)).map((settled) => settled.status === 'rejected' && settled.reason.code);
    expect(codes).toEqual(['conflict', 'conflict', 'version']);
    expect(await store.head(app)).toEqual(head);
    expect(await served(store, app, name, 5)).toBe(`${name} v5`);
  });

  it('tells the newest files in the record of a retirement, and the role when it comes back', async () => {
    const { store } = laboratory();
    const gone = await publish(store, app, await delegated(store), { files: [newFile('targets', 2)], retired });
    await publish(store, app, gone, { files: [newFile(name, 1, 'second line')] });
    const records = await store.records({ repository: app, after: 1, limit: 10 });
    expect(records.map(({ record }) => record.changed)).toEqual([['targets'], [name]]);
    expect(records[0]?.record.targets?.version).toBe(2);
  });

  it('combines with a tombstone, its lifting and a reset', async () => {
    const { store } = laboratory();
    const deleted = await publish(store, app, await delegated(store), { deleted: true, retired });
    expect(await byDigest(store, `${name} v5`)).toEqual([undefined, `${name} v5`]);
    const lifted = await publish(store, app, deleted, { files: [newFile(name, 1, 'second line')], deleted: false });
    expect(await served(store, app, name, 1)).toBe('second line');
    const again = await publish(store, app, lifted, { deleted: true });
    const reborn = await publish(store, app, again, { files: allRoles(1), retired, deleted: false, reset: true });
    expect([...reborn.files.keys()]).toEqual(['root', 'targets', 'snapshot', 'timestamp']);
    for (const text of [`${name} v5`, 'second line']) expect(await byDigest(store, text)).toEqual([undefined, undefined]);
    const back = await publish(store, app, reborn, { files: [newFile(name, 1, 'second life')] });
    expect(await served(store, app, name, 1)).toBe('second life');
    const gone = await publish(store, app, back, { retired });
    await publish(store, app, gone, { files: [newFile(name, 1, 'second life, second line')] });
    expect(await served(store, app, name, 1)).toBe('second life, second line');
    expect(await served(store, app, 'root', 1)).toBe('root v1');
  });

  it('keeps the two dialects of one GUN apart', async () => {
    const { store } = laboratory();
    await publish(store, app, await delegated(store), { retired });
    const other = await publish(store, appInNotary, undefined, { files: [newFile(name, 1, 'notary')] });
    expect(other.files.get(releases)?.version).toBe(1);
    expect(await served(store, appInNotary, name, 1)).toBe('notary');
  });

  it('knows lines again after it was reopened', async ({ skip }) => {
    const lab = laboratory();
    if (!lab.reopen) skip('this store keeps nothing');
    const gone = await publish(lab.store, app, await delegated(lab.store), { retired });
    await lab.reopen?.();
    expect(await lab.store.head(app)).toEqual(gone);
    expect(await served(lab.store, app, name, 5)).toBeUndefined();
    expect(await byDigest(lab.store, `${name} v5`)).toEqual([`${name} v5`, `${name} v5`]);
    const back = await publish(lab.store, app, gone, { files: [1, 2].map((number) => newFile(name, number, `line 2 v${number}`)) });
    await lab.reopen?.();
    expect(await lab.store.head(app)).toEqual(back);
    for (const number of [1, 2]) expect(await served(lab.store, app, name, number)).toBe(`line 2 v${number}`);
    expect(await served(lab.store, app, name, 4)).toBeUndefined();
    expect(await served(lab.store, app, 'targets', 1)).toBe('targets v1');
  });
}

/** A repository whose role `targets/releases` has versions 4 and 5. */
const delegated = (store: MetadataStore): Promise<Head> =>
  publish(store, app, undefined, { files: [...allRoles(1), newFile(name, 4), newFile(name, 5)] });

/** What `file` and `kept` answer for `targets/releases` with this content. */
async function byDigest(store: MetadataStore, content: string): Promise<readonly (string | undefined)[]> {
  const ref = { role: releases, digest: digestOf(bytesOf(content)) };
  return [textOf(await store.file(app, ref)), textOf(await store.kept(app, ref))];
}

// Contract: files by version and by digest.
import { expect, it } from 'vitest';
import type { Laboratory } from './laboratory.ts';
import { allRoles, app, bytesOf, change, digestOf, newFile, publish, role, served, textOf, tool, version } from './samples.ts';

export function fileContract(laboratory: () => Laboratory): void {
  it('serves every version, old ones included, by version and by digest', async () => {
    const { store } = laboratory();
    const first = await publish(store, app, undefined, { files: allRoles(1) });
    await publish(store, app, first, { files: [newFile('targets', 2)] });
    for (const number of [1, 2]) {
      expect(await served(store, app, 'targets', number)).toBe(`targets v${number}`);
      const digest = digestOf(bytesOf(`targets v${number}`));
      expect(textOf(await store.file(app, { role: role('targets'), digest }))).toBe(`targets v${number}`);
    }
    expect(await served(store, app, 'targets', 3)).toBeUndefined();
    expect(await served(store, tool, 'targets', 1)).toBeUndefined();
    expect(await store.file(app, { role: role('root'), digest: digestOf(bytesOf('targets v1')) })).toBeUndefined();
    expect(await store.file(app, { role: role('targets'), digest: digestOf(bytesOf('never stored')) })).toBeUndefined();
  });

  it('takes a whole history in one change, and heads it with the highest version', async () => {
    const { store } = laboratory();
    const head = await publish(store, app, undefined, { files: [newFile('root', 3), newFile('root', 1), newFile('root', 2)] });
    expect(head.files.get(role('root'))?.version).toBe(3);
    expect(await served(store, app, 'root', 2)).toBe('root v2');
  });

  it('refuses other bytes for a version that is stored, and allows the same ones again', async () => {
    const { store } = laboratory();
    const first = await publish(store, app, undefined, { files: allRoles(1) });
    const second = await publish(store, app, first, { files: [newFile('targets', 3)] });
    for (const file of [newFile('targets', 3, 'other'), newFile('root', 1, 'other')]) {
      const attempt = store.commit(app, second.revision, change({ files: [newFile('snapshot', 2), file] }));
      await expect(attempt).rejects.toMatchObject({ code: 'version' });
    }
    expect(await served(store, app, 'snapshot', 2)).toBeUndefined();
    const again = await store.commit(app, second.revision, change({ files: [newFile('targets', 1), newFile('targets', 3)] }));
    expect(again.files).toEqual(second.files);
  });

  it('refuses a version below the newest that was never stored', async () => {
    const { store } = laboratory();
    const head = await publish(store, app, undefined, { files: [newFile('targets', 1), newFile('targets', 5)] });
    const attempt = store.commit(app, head.revision, change({ files: [newFile('targets', 4)] }));
    await expect(attempt).rejects.toMatchObject({ code: 'version' });
  });

  it('keeps roles with unusual names apart', async () => {
    const { store } = laboratory();
    const names = ['constructor', '__proto__', 'targets/releases', 'targets%2Freleases', 'a b', 'ä', 'root 1'];
    await publish(store, app, undefined, { files: names.map((name) => newFile(name, 1)) });
    for (const name of names) expect(await served(store, app, name, 1)).toBe(`${name} v1`);
    expect([...((await store.head(app))?.files.keys() ?? [])]).toEqual(names);
  });

  it('returns large and binary files byte by byte, in memory of the caller', async () => {
    const { store } = laboratory();
    const large = Buffer.alloc(
      8 * 1024 * 1024,
      Uint8Array.from({ length: 251 }, (_, index) => index),
    );
    const expected = digestOf(large);
    await publish(store, app, undefined, { files: [newFile('targets', 1, large), newFile('releases', 1, new Uint8Array())] });
    large.fill(0);
    const ref = { role: role('targets'), version: version(1) };
    const read = await store.file(app, ref);
    expect(read && digestOf(read)).toBe(expected);
    read?.fill(0);
    const again = await store.file(app, ref);
    expect(again && digestOf(again)).toBe(expected);
    expect((await store.file(app, { role: role('releases'), version: version(1) }))?.length).toBe(0);
  });
}

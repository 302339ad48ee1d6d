// Contract: closing waits, closed means closed, and what was committed is there again after reopening.
import { expect, it } from 'vitest';
import type { Laboratory } from './laboratory.ts';
import { allRoles, app, bytesOf, change, digestOf, newFile, publish, repositoriesOf, role, served, textOf, tool } from './samples.ts';

export function lifeContract(laboratory: () => Laboratory): void {
  it('finishes the commits already begun before it closes, and refuses everything afterwards', async () => {
    const { store } = laboratory();
    const begun = publish(store, app, undefined, { files: allRoles(1) });
    await store.close();
    await store.close();
    expect((await begun).seq).toBe(1);
    const calls = [
      () => store.head(app),
      () => store.file(app, { role: role('root'), digest: digestOf(bytesOf('root v1')) }),
      () => store.pending(app, role('root')),
      () => publish(store, tool, undefined, { files: allRoles(1) }),
      () => store.claimants([{ kind: 'root', digest: 'aa' }]),
      () => store.records({ limit: 1 }),
      () => repositoriesOf(store),
    ];
    for (const call of calls) await expect(call()).rejects.toMatchObject({ code: 'closed' });
  });

  it('has everything again after it was reopened, and continues there', async ({ skip }) => {
    const lab = laboratory();
    if (!lab.reopen) skip('this store keeps nothing');
    const claims = [{ kind: 'root', digest: 'ab' }];
    const first = await publish(lab.store, app, undefined, { files: allRoles(1), claims, generations: new Map([['snapshot', 3]]) });
    const pending = [{ role: role('targets'), signed: digestOf(bytesOf('draft')), bytes: bytesOf('draft') }];
    const second = await lab.store.commit(app, first.revision, change({ pending }));
    const gone = await publish(lab.store, tool, await publish(lab.store, tool, undefined, { files: allRoles(1) }), { deleted: true });
    const records = await lab.store.records({ limit: 10 });
    await lab.reopen?.();
    const { store } = lab;
    expect(await store.head(app)).toEqual(second);
    expect(await store.head(tool)).toEqual(gone);
    expect(await served(store, app, 'root', 1)).toBe('root v1');
    expect(await served(store, tool, 'root', 1)).toBeUndefined();
    expect(textOf(await store.pending(app, role('targets')))).toBe('draft');
    expect(await store.claimants([{ kind: 'root', digest: 'ab' }])).toEqual([app.gun]);
    expect(await store.records({ limit: 10 })).toEqual(records);
    await publish(store, app, second, { files: [newFile('targets', 2)] });
    expect((await store.records({ limit: 10 })).map(({ position }) => position)).toEqual([1, 2, 3, 4]);
    await expect(publish(store, app, second, { files: [newFile('targets', 3)] })).rejects.toMatchObject({ code: 'conflict' });
  });
}

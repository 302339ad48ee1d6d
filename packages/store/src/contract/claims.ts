// Contract: the first GUN that claims something has it for ever.
import { expect, it } from 'vitest';
import type { Laboratory } from './laboratory.ts';
import { allRoles, app, appInNotary, change, publish, tool } from './samples.ts';

export function claimContract(laboratory: () => Laboratory): void {
  const claims = [{ kind: 'root', digest: 'ab12' }];

  it('gives a claim to the first GUN, in both dialects, and refuses every other', async () => {
    const { store } = laboratory();
    const head = await publish(store, app, undefined, { files: allRoles(1), claims });
    await publish(store, app, head, { claims });
    await publish(store, appInNotary, undefined, { files: allRoles(1), claims });
    await expect(publish(store, tool, undefined, { files: allRoles(1), claims })).rejects.toMatchObject({
      code: 'claimed',
      details: { gun: app.gun, kind: 'root', digest: 'ab12' },
    });
    expect(await store.head(tool)).toBeUndefined();
    expect(await store.claimants(claims)).toEqual(claims.map(() => app.gun));
  });

  it('keeps a claim across deletion and a new life', async () => {
    const { store } = laboratory();
    const first = await publish(store, app, undefined, { files: allRoles(1), claims });
    const deleted = await publish(store, app, first, { deleted: true });
    await expect(publish(store, tool, undefined, { claims })).rejects.toMatchObject({ code: 'claimed' });
    await publish(store, app, deleted, { files: allRoles(2), deleted: false, reset: true });
    await expect(publish(store, tool, undefined, { claims })).rejects.toMatchObject({ code: 'claimed' });
  });

  it('counts the same digest of another kind as another claim', async () => {
    const { store } = laboratory();
    await publish(store, app, undefined, { claims });
    const other = { kind: 'server-key', digest: 'ab12' };
    expect(await store.claimants([other])).toEqual([undefined]);
    await store.commit(tool, 'new', change({ claims: [other] }));
    expect(await store.claimants([other])).toEqual([tool.gun]);
  });
}

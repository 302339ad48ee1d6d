// A repository is deleted, and somebody makes another of the same name: the owner, or whoever came first.
import { parseVersion } from '@countersign/core';
import { delegate, firstFile, judge, type Simulator, versioned } from '@countersign/testkit';
import { describe, expect, it } from 'vitest';
import { fileOf, image, published, resigned } from './victims/story.ts';
import { against, refusal } from './victims/victims.ts';

against('does not mistake a new repository for the one it knew', (start) => {
  const replaced = async (anchor: Parameters<typeof start>[1], seen: boolean): Promise<string> => {
    const repository = await published(['v1']);
    const victim = await start(repository, anchor);
    if (seen) await victim.verify('v1');
    const other = await published(['v1', 'v2', 'v3'], { repository: 'ee'.repeat(16) });
    for (const path of repository.served.keys()) victim.instead.set(path, undefined);
    for (const [path, bytes] of other.served) victim.instead.set(path, bytes);
    return refusal(victim.verify('v1'));
  };
  const firstUse = { anchor: { pins: [], otherwise: 'unsafe-first-use' } } as const;

  it('which was pinned', async () => expect(await replaced({}, false)).toBe('untrusted-root'));
  it('which was pinned and seen', async () => expect(await replaced({}, true)).toBe('signature'));
  it('which was seen', async () => expect(await replaced(firstUse, true)).toBe('signature'));

  it('and follows its owner, who went on under the old root', async () => {
    const repository = await published(['v1']);
    const victim = await start(repository);
    await victim.verify('v1');
    await resigned(repository, 'root');
    await repository.publish({ v1: image('v2').entry });
    victim.registry.set('v1', image('v2'));
    expect(await victim.verify('v1')).toBe(image('v2').digest);
  });
});

describe('the server gives a deleted name', () => {
  const upload = (standing: Simulator, from: Simulator, roles: readonly ('root' | 'targets' | 'releases')[], recreate = false) => {
    const parts = Object.fromEntries(roles.map((role) => [role, fileOf(from, role)]));
    return () => judge({ gun: standing.gun, standing, server: standing, deleted: true, recreate, parts });
  };
  const all = ['root', 'targets', 'releases'] as const;

  /** A newcomer that knows which versions come next, and names the server's keys. */
  const newcomer = async (standing: Simulator): Promise<Simulator> => {
    const keys = new Map((await published([])).keys);
    for (const role of ['snapshot', 'timestamp']) keys.set(role, standing.signersOf(role));
    const other = await published([], { keys, repository: 'ee'.repeat(16) });
    for (const role of all) {
      const kind = role === 'root' ? 'root' : 'targets';
      const { version } = standing.newest.get(role as never) ?? { version: parseVersion(1, 'version') };
      await other.next(kind, role as never, {}, { bend: versioned(version + 1) });
    }
    return other;
  };

  it('to nobody without a root', async () => {
    const standing = await published(['v1']);
    const draft = standing.fork();
    await resigned(draft, 'releases');
    expect(await refusal(upload(standing, draft, ['releases']))).toBe('needs-old-root');
  });

  it('to nobody whose root the old one does not vouch for', async () => {
    const standing = await published(['v1']);
    const other = await newcomer(standing);
    expect(await refusal(upload(standing, other, all))).toBe('needs-old-root');
  });

  it('to the owner, who goes on under the old root', async () => {
    const standing = await published(['v1']);
    const draft = standing.fork();
    await resigned(draft, 'root');
    expect(upload(standing, draft, ['root'])().kind).toBe('root');
  });

  it('to a newcomer by an administrator’s word, and from there on versions only rise', async () => {
    const standing = await published(['v1']);
    const other = await newcomer(standing);
    const plan = upload(standing, other, all, true)();
    expect(plan.files.map(({ version }) => version)).toEqual([2, 2, 3]);
    expect(plan.snapshot.version).toBe(3);
    const early = await published([], { keys: other.keys, repository: 'ee'.repeat(16) });
    expect(await refusal(upload(standing, early, all, true))).toBe('conflict');
  });

  it('to a newcomer whose snapshot lists nothing of what was there before', async () => {
    const standing = await published(['v1']);
    await delegate(standing, 'targets', 'team', { paths: ['team/*'] });
    await firstFile(standing, 'team');
    await standing.advance();
    const other = await newcomer(standing);
    const plan = upload(standing, other, all, true)();
    const listed = [...(plan.snapshot.signed.get('meta') as ReadonlyMap<string, unknown>).keys()];
    expect(listed.sort()).toEqual(['releases.json', 'targets.json']);
    // Nor does a file of theirs stand in for one that the newcomer has not signed yet.
    const fewer = upload(standing, other, ['root', 'targets'], true)().snapshot.signed.get('meta') as ReadonlyMap<string, unknown>;
    expect([...fewer.keys()]).toEqual(['targets.json']);
  });
});

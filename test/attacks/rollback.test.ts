// TUF 1.0.34 §1.5.2, rollback: the attacker serves what was signed once and is old, so that known holes stay open.
import { RELEASES, SNAPSHOT, TARGETS } from '@countersign/core';
import { judge, losingRole, type Simulator, withMember } from '@countersign/testkit';
import { describe, expect, it } from 'vitest';
import { fileOf, image, published, type Role, resigned } from './victims/story.ts';
import type { Victim } from './victims/victim.ts';
import { against, refusal } from './victims/victims.ts';

against('refuses to go back', (start) => {
  /** A victim that has seen v2 signed, and the repository as it was before. */
  const seen = async (): Promise<{ repository: Simulator; before: Simulator; victim: Victim }> => {
    const repository = await published(['v1']);
    const before = repository.fork();
    const victim = await start(repository);
    await repository.publish({ v2: image('v2').entry });
    expect(await victim.verify('v2')).toBe(image('v2').digest);
    return { repository, before, victim };
  };

  it('to an older timestamp', async () => {
    const { before, victim } = await seen();
    victim.instead.set('timestamp.json', fileOf(before, 'timestamp'));
    expect(await refusal(victim.verify('v1'))).toBe('rollback');
  });

  it('to an older timestamp after its cache was cleared', async () => {
    const { before, victim } = await seen();
    await victim.loseCache();
    victim.instead.set('timestamp.json', fileOf(before, 'timestamp'));
    expect(await refusal(victim.verify('v1'))).toBe('rollback');
  });

  it('and goes on once the newest is served again', async () => {
    const { before, victim } = await seen();
    victim.instead.set('timestamp.json', fileOf(before, 'timestamp'));
    expect(await refusal(victim.verify('v1'))).toBe('rollback');
    victim.instead.clear();
    expect(await victim.verify('v2')).toBe(image('v2').digest);
  });

  it('to an older snapshot that a newer timestamp names', async () => {
    const { repository, before, victim } = await seen();
    const snapshot = before.newest.get(SNAPSHOT);
    if (snapshot === undefined) throw new Error('no snapshot');
    repository.newest.set(SNAPSHOT, snapshot);
    await repository.timestamp();
    expect(await refusal(victim.verify('v1'))).toBe('rollback');
  });

  it.each(['targets', 'releases'])('to an older %s that a newer snapshot names', async (role) => {
    const { repository, victim } = await seen();
    await resigned(repository, role as Role);
    await victim.verify('v2');
    await repository.snapshot({ bend: withMember(['meta', `${role}.json`], new Map([['version', 1]])) });
    await repository.timestamp();
    expect(await refusal(victim.verify('v2'))).toBe('rollback');
  });

  it('to a snapshot that lost a delegated role', async () => {
    const { repository, victim } = await seen();
    await repository.snapshot({ bend: losingRole('releases') });
    await repository.timestamp();
    expect(await refusal(victim.verify('v2'))).toBe('rollback');
  });

  it('when the roles it saw are gone under a timestamp that it met before a crash', async () => {
    const { repository, victim } = await seen();
    await repository.publish({ v3: image('v3').entry });
    const newest = repository.served.get('timestamp.json');
    // The first run sees the new timestamp and no more; the second is served what is older.
    victim.instead.set('4.snapshot.json', undefined);
    expect(await refusal(victim.verify('v3'))).toBe('missing');
    victim.instead.clear();
    await repository.snapshot({ bend: losingRole('releases') });
    await repository.timestamp();
    expect(await refusal(victim.verify('v2'))).toBe('rollback');
    expect(newest).toBeDefined();
  });
});

describe('the server refuses to go back', () => {
  it.each([TARGETS, RELEASES])('to a version of %s that was published before', async (role) => {
    const standing = await published(['v1']);
    const before = standing.fork();
    await standing.next('targets', role, {});
    await standing.advance();
    await before.next('targets', role, { targets: new Map() });
    const parts = { [role]: before.newest.get(role)?.bytes };
    expect(await refusal(() => judge({ gun: standing.gun, standing, parts }))).toBe('conflict');
  });
});

// TUF 1.0.34 §1.5.2, mix-and-match: files that were each signed, but never stood together.
import { RELEASES, ROOT, SNAPSHOT, TARGETS } from '@countersign/core';
import { type Bend, delegate, expiringAt, judge, type Simulator, versioned, withoutHashes } from '@countersign/testkit';
import { describe, expect, it } from 'vitest';
import { fileOf, image, pathOf, published, type Role, resigned } from './victims/story.ts';
import { against, refusal } from './victims/victims.ts';

/** A repository whose files name each other by version alone, and what it was one publish earlier. */
async function twoMoments(): Promise<{ before: Simulator; after: Simulator }> {
  const after = await published(['v1']);
  await resigned(after, 'targets', {}, { snapshot: withoutHashes, timestamp: withoutHashes });
  const before = after.fork();
  await after.publish({ v2: image('v2').entry });
  await resigned(after, 'targets', {}, { snapshot: withoutHashes, timestamp: withoutHashes });
  return { before, after };
}

against('refuses files that do not belong together', (start) => {
  it.each(['snapshot', 'targets', 'releases'] as const)('an older %s under the name of the newest', async (role: Role) => {
    const { before, after } = await twoMoments();
    const victim = await start(after);
    victim.instead.set(pathOf(after, role), fileOf(before, role));
    expect(await refusal(victim.verify('v2'))).toBe('mismatch');
  });

  it.each(['targets', 'releases'] as const)('a newer %s than the snapshot names', async (role: Role) => {
    const { before, after } = await twoMoments();
    const victim = await start(before);
    victim.instead.set(pathOf(before, role), fileOf(after, role));
    expect(await refusal(victim.verify('v1'))).toBe('mismatch');
  });

  it.each(['snapshot', 'targets', 'releases'] as const)('another %s of the same version, where a hash is stated', async (role: Role) => {
    const repository = await published(['v1']);
    const fork = repository.fork();
    await resigned(fork, role);
    const kind = role === 'snapshot' ? 'snapshot' : 'targets';
    const name = { snapshot: SNAPSHOT, targets: TARGETS, releases: RELEASES }[role as 'targets'];
    const { version } = repository.current(kind, name).content;
    const sameLength: Bend = (signed) => expiringAt(repository.now + 60_000)(versioned(version)(signed));
    await fork.next(kind, name, {}, { bend: sameLength });
    const victim = await start(repository);
    victim.instead.set(pathOf(repository, role), fork.served.get(`${version}.${role}.json`));
    expect(await refusal(victim.verify('v1'))).toBe('mismatch');
  });

  it('the delegated role of one moment beside the targets of another', async () => {
    const { before, after } = await twoMoments();
    const victim = await start(after);
    // Everything is new but the role that holds the tag.
    victim.instead.set(pathOf(after, 'releases'), fileOf(before, 'releases'));
    expect(await refusal(victim.verify('v1'))).toBe('mismatch');
  });

  it('one role’s file under another role’s name', async () => {
    const { after } = await twoMoments();
    const victim = await start(after);
    victim.instead.set(pathOf(after, 'releases'), fileOf(after, 'targets'));
    expect(await refusal(victim.verify('v1'))).toBe('signature');
    const other = await start(after);
    other.instead.set(pathOf(after, 'targets'), fileOf(after, 'snapshot'));
    expect(await refusal(other.verify('v1'))).toBe('malformed');
  });
});

against('sees one moment', (start) => {
  it('when the repository is published again between two requests', async () => {
    const repository = await published(['v1']);
    const victim = await start(repository);
    victim.instead.set('timestamp.json', fileOf(repository, 'timestamp'));
    await repository.publish({ v2: image('v2').entry });
    expect(await victim.verify('v1')).toBe(image('v1').digest);
    expect(await refusal(victim.verify('v2'))).toBe('unsigned');
  });

  it('or none, where files have no versions in their names', async () => {
    const repository = await published(['v1']);
    await repository.next('root', ROOT, { consistent_snapshot: false });
    const overwrite = (): void => {
      for (const role of ['snapshot', 'targets', 'releases'] as const) repository.served.set(`${role}.json`, fileOf(repository, role));
    };
    await repository.advance();
    overwrite();
    const victim = await start(repository);
    expect(await victim.verify('v1')).toBe(image('v1').digest);
    const timestamp = fileOf(repository, 'timestamp');
    // Another image under the same tag: every file is as long as it was.
    await repository.publish({ v1: image('v2').entry });
    overwrite();
    const late = await start(repository);
    late.instead.set('timestamp.json', timestamp);
    expect(await refusal(late.verify('v1'))).toBe('mismatch');
  });
});

describe('the server refuses files that do not belong together', () => {
  const judged = (standing: Simulator, draft: Simulator, roles: readonly Role[]) =>
    refusal(() => judge({ gun: standing.gun, standing, parts: Object.fromEntries(roles.map((role) => [role, fileOf(draft, role)])) }));

  it('targets that no longer vouch for the role below them', async () => {
    const standing = await published(['v1']);
    const draft = standing.fork();
    await delegate(draft, 'targets', 'releases', { paths: ['*'] });
    expect(await judged(standing, draft, ['targets'])).toBe('orphaned-role');
  });

  it('a role that only targets of another moment vouch for', async () => {
    const standing = await published(['v1']);
    const draft = standing.fork();
    await delegate(draft, 'targets', 'releases', { paths: ['*'] });
    await draft.next('targets', RELEASES, {});
    expect(await judged(standing, draft, ['releases'])).toBe('signature');
  });

  it('a new role beside an older one in the same upload', async () => {
    const standing = await published(['v1']);
    const draft = standing.fork();
    await draft.next('targets', TARGETS, {});
    expect(await judged(standing, draft, ['targets', 'releases'])).toBe('conflict');
  });

  it('one role’s file under another role’s name', async () => {
    const standing = await published(['v1']);
    const draft = standing.fork();
    await draft.next('targets', TARGETS, {});
    await draft.next('targets', TARGETS, {});
    const parts = { releases: fileOf(draft, 'targets') };
    expect(await refusal(() => judge({ gun: standing.gun, standing, parts }))).toBe('signature');
    expect(await refusal(() => judge({ gun: standing.gun, standing, parts: { targets: fileOf(draft, 'root') } }))).toBe('malformed');
  });
});

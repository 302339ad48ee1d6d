// Targets and delegated roles are files of one kind. Where one key signs two of them, each verifies in the place of the other: whoever
// signs snapshots, or serves files, could hand out an empty one where a tag is signed, or one team's tags as another's.
import { parseVersion, ROOT } from '@countersign/core';
import { judge, type Simulator, withMember, withoutHashes, withoutMember } from '@countersign/testkit';
import { describe, expect, it } from 'vitest';
import { fileOf, image, pathOf, published, type Role, resigned } from './victims/story.ts';
import { against, refusal } from './victims/victims.ts';

const OTHER: Readonly<Record<'targets' | 'releases', Role>> = { targets: 'releases', releases: 'targets' };
const ROLE = ['x-countersign', 'role'];
const PATTERNS = ['targets', 'releases'] as const;

/** One key signs targets and releases, both stand at the same version, and the server names files by their versions alone. */
async function oneKey(): Promise<Simulator> {
  const { keys } = await published([]);
  const repository = await published(['v1'], { keys: new Map([...keys, ['releases', keys.get('targets') ?? []]]) });
  await resigned(repository, 'targets', {}, { snapshot: withoutHashes, timestamp: withoutHashes });
  return repository;
}

against('with one key for two roles, refuses', (start) => {
  it.each(PATTERNS)('another file in the place of %s', async (role) => {
    const repository = await oneKey();
    const victim = await start(repository);
    expect(pathOf(repository, role).slice(0, 2)).toBe(pathOf(repository, OTHER[role]).slice(0, 2));
    expect(await victim.verify('v1')).toBe(image('v1').digest);
    const fresh = await start(repository);
    fresh.instead.set(pathOf(repository, role), fileOf(repository, OTHER[role]));
    expect(await refusal(fresh.verify('v1'))).toBe('mismatch');
  });

  it.each(PATTERNS)('a %s that says it is another', async (role) => {
    const repository = await oneKey();
    for (const name of ['', 'Releases', 'releases ', 'root', OTHER[role]]) {
      const fork = repository.fork();
      await resigned(fork, role, { bend: withMember(ROLE, name) });
      expect(await refusal((await start(fork)).verify('v1'))).toMatch(/^(mismatch|invalid-name)$/);
    }
  });

  it('nothing where the files do not say it, as they were signed before they did', async () => {
    const repository = await published(['v1']);
    for (const role of PATTERNS) await resigned(repository, role, { bend: withoutMember(ROLE) });
    const victim = await start(repository);
    expect(await victim.verify('v1')).toBe(image('v1').digest);
  });

  it('nothing in a repository that is not bound: the word is none of ours there', async () => {
    const repository = await published(['v1']);
    const { signed, signedBytes: message } = repository.current('root', ROOT);
    const version = parseVersion(1, 'version');
    await repository.seal({ kind: 'root', name: ROOT, version, signed, message }, { bend: withoutMember(['x-countersign']) });
    await resigned(repository, 'releases', { bend: withMember(ROLE, 'targets') });
    const victim = await start(repository, { anchor: { binding: 'optional' } });
    expect(await victim.verify('v1')).toBe(image('v1').digest);
  });
});

describe('with one key for two roles, the server refuses', () => {
  const upload = (standing: Simulator, draft: Simulator, role: Role, from: Role = role) =>
    judge({ gun: standing.gun, standing, parts: { [role]: fileOf(draft, from) } });

  it.each(PATTERNS)('another file as %s', async (role) => {
    const standing = await oneKey();
    const draft = standing.fork();
    await resigned(draft, OTHER[role]);
    expect(await refusal(() => upload(standing, draft, role, OTHER[role]))).toBe('mismatch');
    expect(upload(standing, draft, OTHER[role]).files).toHaveLength(1);
  });

  it.each(PATTERNS)('a %s that says no role', async (role) => {
    const standing = await oneKey();
    const draft = standing.fork();
    await resigned(draft, role, { bend: withoutMember(ROLE) });
    expect(await refusal(() => upload(standing, draft, role))).toBe('refused-upload');
  });
});

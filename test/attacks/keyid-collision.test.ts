// TAP 12, key id collision: a key id means something in the file that lists the key, and nothing elsewhere. Whoever can list a key of
// their own under a name that somebody else's key bears gains nothing by it.
import { ROOT, TARGETS } from '@countersign/core';
import { generateSigner } from '@countersign/signers';
import { aliased, delegate, judge, type Simulator, withMember } from '@countersign/testkit';
import { describe, expect, it } from 'vitest';
import { fileOf, held, image, pathOf, published, type Role, resigned } from './victims/story.ts';
import { against, refusal } from './victims/victims.ts';

const mallory = generateSigner('ed25519');

/** Targets delegate to a role of mallory's, whose key bears the key id of `role`. */
async function collided(role: Role): Promise<{ readonly repository: Simulator; readonly keyid: string }> {
  const repository = await published(['v1']);
  const [signer] = repository.signersOf(role);
  if (signer === undefined) throw new Error(`nobody signs ${role}`);
  const { keyid } = signer.key;
  await delegate(repository, 'targets', 'team', { paths: ['team/*'], signers: [aliased(mallory, keyid)] });
  await repository.advance();
  return { repository, keyid };
}

const TOP: readonly Role[] = ['root', 'timestamp', 'snapshot', 'targets'];

against('asks the file that lists a key whose it is', (start) => {
  it.each(TOP)('when a delegated key bears the key id of %s', async (role) => {
    const { repository, keyid } = await collided(role);
    const victim = await start(repository);
    // That two files call different keys by one name is no attack yet.
    expect(await victim.verify('v1')).toBe(image('v1').digest);
    await resigned(repository, role, { signers: [aliased(mallory, keyid)] });
    expect(await refusal(victim.verify('v1'))).toBe('signature');
  });

  it.each(['timestamp', 'snapshot', 'targets'] as const)('when a new root lists the key of %s under the key id of root', async (role) => {
    const repository = await published(['v1']);
    const victim = await start(repository);
    const [[root], [other]] = [repository.signersOf('root'), repository.signersOf(role)];
    if (root === undefined || other === undefined) throw new Error('no signers');
    const bend = withMember(['keys', root.key.keyid], other.key.object);
    for (const signers of [[root], [aliased(other, root.key.keyid)]]) {
      const fork = repository.fork();
      await fork.next('root', ROOT, {}, { bend, signers });
      victim.instead.set(pathOf(fork, 'root'), fileOf(fork, 'root'));
      expect(await refusal(victim.verify('v1'))).toBe('signature');
    }
    victim.instead.clear();
    expect(await victim.verify('v1')).toBe(image('v1').digest);
  });

  it('when a delegated role lists its own key under the key id that delegates to it', async () => {
    const repository = await published(['v1']);
    const [releases] = repository.signersOf('releases');
    if (releases === undefined) throw new Error('no signer');
    const { keyid } = releases.key;
    const victim = await start(repository);
    // The role may delegate further to whom it likes; for itself that says nothing.
    await delegate(repository, 'releases', 'deeper', { paths: ['*'], signers: [aliased(mallory, keyid)] });
    await repository.advance();
    expect(await victim.verify('v1')).toBe(image('v1').digest);
    await resigned(repository, 'releases', { signers: [aliased(mallory, keyid)] });
    expect(await refusal(victim.verify('v1'))).toBe('signature');
  });
});

describe('the server asks the file that lists a key whose it is', () => {
  it('when targets are signed by a delegated key of the same key id', async () => {
    const { repository: standing, keyid } = await collided('targets');
    const attacker = standing.fork();
    await attacker.next('targets', TARGETS, {}, { signers: [aliased(mallory, keyid)] });
    const parts = { targets: fileOf(attacker, 'targets') };
    expect(await refusal(() => judge({ gun: standing.gun, standing, parts }))).toBe('signature');
  });

  it('when a new root lists the key of targets under the key id of root', async () => {
    const standing = await published(['v1']);
    await held(standing, 'targets', [generateSigner('ed25519')], 1);
    const [[root], [other]] = [standing.signersOf('root'), standing.signersOf('targets')];
    if (root === undefined || other === undefined) throw new Error('no signers');
    for (const signers of [[root], [aliased(other, root.key.keyid)]]) {
      const attacker = standing.fork();
      await attacker.next('root', ROOT, {}, { bend: withMember(['keys', root.key.keyid], other.key.object), signers });
      const parts = { root: fileOf(attacker, 'root') };
      expect(await refusal(() => judge({ gun: standing.gun, standing, parts }))).toBe('signature');
    }
  });
});

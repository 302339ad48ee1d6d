// A version is said once. Whoever loses a race has uploaded a file that is well signed, and a server that was taken over may have
// kept it: in the place of the winner, under the same version, it takes back what the winner said.
import { RELEASES, revocationEntry, revocationPath } from '@countersign/core';
import { type Bend, type Simulator, withoutHashes } from '@countersign/testkit';
import { expect, it } from 'vitest';
import { image, pathOf, published } from './victims/story.ts';
import { against, refusal } from './victims/victims.ts';

/** A repository that has just denied v1, and a server that kept the file which came second. */
async function raced(): Promise<{ readonly repository: Simulator; swap(bend?: Bend): Promise<void> }> {
  const repository = await published(['v1']);
  const late = repository.fork();
  const denied = image('v1').digest;
  await repository.publish({ [revocationPath(denied)]: revocationEntry(denied) });
  await late.publish({ v2: image('v2').entry });
  const [won, lost] = [repository.newest.get(RELEASES), late.newest.get(RELEASES)];
  if (won === undefined || lost === undefined || won.version !== lost.version) throw new Error('there was no race');
  return {
    repository,
    async swap(bend) {
      repository.newest.set(RELEASES, lost);
      repository.served.set(pathOf(repository, 'releases'), lost.bytes);
      await repository.snapshot(bend === undefined ? {} : { bend });
      await repository.timestamp();
    },
  };
}

against('holds a version to the file it saw', (start) => {
  it('when the server lists another one that was signed under it', async () => {
    const { repository, swap } = await raced();
    const victim = await start(repository);
    expect(await refusal(victim.verify('v2'))).toBe('unsigned');
    await swap();
    expect(await refusal(victim.verify('v1'))).toBe('equivocation');
    await victim.loseCache();
    expect(await refusal(victim.verify('v1'))).toBe('equivocation');
  });

  it('when the server lists it by its version alone', async () => {
    const { repository, swap } = await raced();
    const victim = await start(repository);
    expect(await refusal(victim.verify('v2'))).toBe('unsigned');
    await swap(withoutHashes);
    expect(await refusal(victim.verify('v1'))).toBe('equivocation');
    await victim.loseCache();
    expect(await refusal(victim.verify('v1'))).toBe('equivocation');
  });

  it('but follows to the next version', async () => {
    const { repository } = await raced();
    const victim = await start(repository);
    await refusal(victim.verify('v2'));
    await repository.publish({ v2: image('v2').entry });
    expect(await victim.verify('v2')).toBe(image('v2').digest);
  });
});

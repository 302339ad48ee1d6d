// Two roles delegate to a third. What it signed counts for each of them by its own word: a file that satisfied the one, in memory or
// in a cache on disk, has not satisfied the other.
import type { Signer } from '@countersign/core';
import { tuf } from '@countersign/core';
import { generateSigner } from '@countersign/signers';
import {
  aliased,
  type Delegating,
  delegate,
  firstFile,
  roleName,
  type Simulator,
  simulate,
  withMember,
  withoutHashes,
} from '@countersign/testkit';
import { expect, it } from 'vitest';
import { image } from './victims/story.ts';
import { against, againstClients, refusal } from './victims/victims.ts';

/** `left` and `right` both delegate to `shared`, which signs l-1 and r-1. */
async function diamond(left: Omit<Delegating, 'paths'>, right: Omit<Delegating, 'paths'>, signers: readonly Signer[]): Promise<Simulator> {
  const repository = await simulate();
  for (const [side, how] of [
    ['left', left],
    ['right', right],
  ] as const) {
    const paths = [`${side.charAt(0)}-*`];
    await delegate(repository, 'targets', side, { paths });
    await firstFile(repository, side);
    await delegate(repository, side, 'shared', { paths, ...how });
  }
  const entries = new Map([
    ['l-1', tuf.entry(image('v1').entry)],
    ['r-1', tuf.entry(image('v1').entry)],
  ]);
  await firstFile(repository, 'shared', { signers, bend: withMember(['targets'], entries) });
  await repository.advance();
  return repository;
}

against('inherits no authority', (start) => {
  const [one, two] = [generateSigner('ed25519'), generateSigner('ed25519')];

  it('where the other delegator asks for more signatures', async () => {
    const both = { signers: [one, two] };
    const victim = await start(await diamond({ ...both, threshold: 1 }, { ...both, threshold: 2 }, [one]));
    for (const tag of ['l-1', 'r-1']) victim.registry.set(tag, image('v1'));
    expect(await victim.verify('l-1')).toBe(image('v1').digest);
    expect(await refusal(victim.verify('r-1'))).toBe('signature');
    expect(await victim.verify('l-1')).toBe(image('v1').digest);
  });

  it('where the other delegator trusts other keys', async () => {
    const victim = await start(await diamond({ signers: [one] }, { signers: [two] }, [one]));
    for (const tag of ['l-1', 'r-1']) victim.registry.set(tag, image('v1'));
    expect(await refusal(victim.verify('r-1'))).toBe('signature');
    expect(await victim.verify('l-1')).toBe(image('v1').digest);
    expect(await refusal(victim.verify('r-1'))).toBe('signature');
  });

  // TAP 12: a key id means something in one file, and nothing elsewhere.
  it('where the other delegator calls another key by the same name', async () => {
    const [mine, yours] = [aliased(one, 'key'), aliased(two, 'key')];
    const victim = await start(await diamond({ signers: [mine] }, { signers: [yours] }, [mine]));
    for (const tag of ['l-1', 'r-1']) victim.registry.set(tag, image('v1'));
    expect(await victim.verify('l-1')).toBe(image('v1').digest);
    expect(await refusal(victim.verify('r-1'))).toBe('signature');
  });

  it('where the server has a file for each of them', async () => {
    const repository = await diamond({ signers: [one] }, { signers: [two] }, [one]);
    await repository.snapshot({ bend: withoutHashes });
    await repository.timestamp();
    const victim = await start(repository);
    for (const tag of ['l-1', 'r-1']) victim.registry.set(tag, image('v1'));
    expect(await victim.verify('l-1')).toBe(image('v1').digest);
    // Signed by whom the right delegator trusts, and without the entry that the left one's signer made.
    const fork = repository.fork();
    await firstFile(fork, 'shared', { signers: [two] });
    victim.instead.set('1.shared.json', fork.newest.get(roleName('shared'))?.bytes);
    expect(await refusal(victim.verify('r-1'))).toBe('unsigned');
  });
});

againstClients('inherits no authority from another run', (start) => {
  const [one, two] = [generateSigner('ed25519'), generateSigner('ed25519')];

  // The file is there, it is the right version, and it was verified: for the other delegator.
  it.each<readonly [string, Omit<Delegating, 'paths'>]>([
    ['asks for more signatures of the same keys', { signers: [one, two], threshold: 2 }],
    ['trusts other keys', { signers: [two] }],
  ])('through the cache on disk, where the other delegator %s', async (_, right) => {
    const victim = await start(await diamond({ signers: [one, two], threshold: 1 }, right, [one]));
    for (const tag of ['l-1', 'r-1']) victim.registry.set(tag, image('v1'));
    expect(await victim.verify('l-1')).toBe(image('v1').digest);
    await victim.restart();
    const asked = victim.asked.length;
    expect(await refusal(victim.verify('r-1'))).toBe('signature');
    // Nothing that the server might have said instead was the reason: it was asked again, and said the same.
    expect(victim.asked.slice(asked)).toContain('1.shared.json');
    expect(await victim.verify('l-1')).toBe(image('v1').digest);
  });

  it('through the cache on disk, where no server can be asked', async () => {
    const victim = await start(await diamond({ signers: [one, two], threshold: 1 }, { signers: [one, two], threshold: 2 }, [one]));
    for (const tag of ['l-1', 'r-1']) victim.registry.set(tag, image('v1'));
    expect(await victim.verify('l-1')).toBe(image('v1').digest);
    // So that every file of the other way lies in the cache too.
    expect(await refusal(victim.verify('r-1'))).toBe('signature');
    victim.offline = true;
    await victim.restart();
    expect(await victim.verify('l-1')).toBe(image('v1').digest);
    expect(await refusal(victim.verify('r-1'))).toBe('offline');
  });
});

// Names in hash bins. The snapshot states nothing of a bin but its version, so what stands between a victim and another file of that
// version is who signed it, for which repository, and which name falls into it.
import { tuf } from '@countersign/core';
import { generateSigner } from '@countersign/signers';
import {
  type Bend,
  binFile,
  binFor,
  delegate,
  firstFile,
  roleName,
  type Simulator,
  simulate,
  spread,
  withMember,
  withoutMember,
} from '@countersign/testkit';
import { expect, it } from 'vitest';
import { image } from './victims/story.ts';
import { against, refusal } from './victims/victims.ts';

/** `v1` in its bin of two. */
async function binned(
  bend: Bend = (signed) => signed,
): Promise<{ readonly repository: Simulator; readonly bin: string; readonly other: string }> {
  const repository = await simulate();
  await spread(repository, 'releases', { bits: 1 });
  const bin = binFor(repository, 'releases', 'v1');
  const other = bin === 'releases-0' ? 'releases-1' : 'releases-0';
  await binFile(repository, bin, { v1: image('v1').entry }, { bend });
  const beside = Array.from({ length: 20 }, (_, at) => `beside-${at}`).find((path) => binFor(repository, 'releases', path) === other);
  await binFile(repository, other, { [beside ?? '']: image('v3').entry }, { bend });
  await repository.advance();
  return { repository, bin, other };
}

/** As `init` makes it: two bins, and nothing is signed but `v1`. */
async function half(): Promise<{ readonly repository: Simulator; readonly bin: string; readonly empty: string }> {
  const repository = await simulate();
  await spread(repository, 'releases', { bits: 1, prefix: 'r' });
  const bin = binFor(repository, 'releases', 'v1');
  const empty = bin === 'r-0' ? 'r-1' : 'r-0';
  await binFile(repository, bin, { v1: image('v1').entry });
  await binFile(repository, empty);
  await repository.advance();
  return { repository, bin, empty };
}

const bytesOf = (repository: Simulator, role: string): Uint8Array => repository.newest.get(roleName(role))?.bytes ?? new Uint8Array();

against('finds a name in its bin and', (start) => {
  it('takes no other bin for it', async () => {
    const { repository, bin, other } = await binned();
    const victim = await start(repository);
    // Signed by the right keys, of the right version, and it says nothing of v1.
    victim.instead.set(`1.${bin}.json`, bytesOf(repository, other));
    expect(await refusal(victim.verify('v1'))).toBe('mismatch');
    victim.instead.clear();
    expect(await victim.verify('v1')).toBe(image('v1').digest);
  });

  it('takes no empty bin for it: a tag that is signed is not unsigned', async () => {
    const { repository, bin, empty } = await half();
    const victim = await start(repository);
    victim.instead.set(`1.${bin}.json`, bytesOf(repository, empty));
    expect(await refusal(victim.verify('v1'))).toBe('mismatch');
    victim.instead.clear();
    expect(await victim.verify('v1')).toBe(image('v1').digest);
  });

  it('reads bins that do not say which one they are by what they hold', async () => {
    const { repository, bin, other } = await binned(withoutMember(['x-countersign', 'role']));
    const victim = await start(repository);
    expect(await victim.verify('v1')).toBe(image('v1').digest);
    const late = await start(repository);
    late.instead.set(`1.${bin}.json`, bytesOf(repository, other));
    expect(await refusal(late.verify('v1'))).toBe('mismatch');
  });

  it('believes no entry in a bin that is not its own', async () => {
    const { repository, other } = await binned();
    await binFile(repository, other, { v1: image('v2').entry });
    await repository.advance();
    expect(binFor(repository, 'releases', 'v1')).not.toBe(other);
    expect(await (await start(repository)).verify('v1')).toBe(image('v1').digest);
  });

  it('believes no bin that somebody else signed', async () => {
    const { repository, bin } = await binned();
    const fork = repository.fork();
    await binFile(fork, bin, { v1: image('v2').entry }, { signers: [generateSigner('ed25519')] });
    const victim = await start(repository);
    victim.instead.set(`1.${bin}.json`, bytesOf(fork, bin));
    expect(await refusal(victim.verify('v1'))).not.toBe('unsigned');
  });

  it('believes no bin by the word of another delegator', async () => {
    const { repository, bin } = await binned();
    // A team, asked after releases, leaves the same bins to keys of its own.
    await delegate(repository, 'targets', 'team', { paths: ['*'] });
    await firstFile(repository, 'team');
    await spread(repository, 'team', { bits: 1, prefix: 'releases' });
    await binFile(repository, bin, { v1: image('v2').entry }, { signers: repository.signersOf('team') });
    await repository.advance();
    expect(await refusal((await start(repository)).verify('v1'))).toBe('signature');
  });

  it('takes no older bin than the snapshot names, and no snapshot that names an older one than before', async () => {
    const { repository, bin } = await binned();
    const old = bytesOf(repository, bin);
    const before = repository.fork();
    await binFile(repository, bin, { v1: image('v2').entry });
    await repository.advance();
    const victim = await start(repository);
    victim.registry.set('v1', image('v2'));
    expect(await victim.verify('v1')).toBe(image('v2').digest);
    const late = await start(repository);
    late.instead.set(`2.${bin}.json`, old);
    expect(await refusal(late.verify('v1'))).toBe('mismatch');
    const meta = { [`${bin}.json`]: tuf.metaFile({ version: before.current('targets', roleName(bin)).content.version }) };
    await repository.snapshot({ bend: (signed) => withMember(['meta', `${bin}.json`], meta[`${bin}.json`] ?? 0)(signed) });
    await repository.timestamp();
    expect(await refusal(victim.verify('v1'))).toBe('rollback');
  });

  it('does not take a bin that is gone for a name that was never signed', async () => {
    const { repository, bin } = await binned();
    const victim = await start(repository);
    victim.instead.set(`1.${bin}.json`, undefined);
    expect(await refusal(victim.verify('v1'))).toBe('missing');
  });

  it('asks for more signatures where a delegator does', async () => {
    const { repository } = await binned();
    await spread(repository, 'releases', {
      bits: 1,
      signers: [...repository.signersOf('releases'), generateSigner('ed25519')],
      threshold: 2,
    });
    await repository.advance();
    expect(await refusal((await start(repository)).verify('v1'))).toBe('signature');
  });

  it('says that it gave up when delegations have no end, and ends when they go round', async () => {
    const { repository } = await binned();
    const victim = await start(repository, { limits: { delegatedRoles: 1 } });
    expect(await refusal(victim.verify('v1'))).toBe('limit');
    const { repository: round, bin, other } = await binned();
    // A bin that leaves its names to the role above it.
    await delegate(
      round,
      other,
      'releases',
      { paths: ['*'], signers: round.signersOf('releases') },
      { signers: round.signersOf('releases') },
    );
    await delegate(
      round,
      bin,
      'releases',
      { paths: ['*'], signers: round.signersOf('releases') },
      { signers: round.signersOf('releases') },
    );
    await round.advance();
    expect(await refusal((await start(round)).verify('v9'))).toBe('unsigned');
  });
});

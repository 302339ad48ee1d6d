// A root of another line, put where the next one of ours belongs.
import { ROOT } from '@countersign/core';
import { generateSigner } from '@countersign/signers';
import { judge, type Simulator, strippedSignatures, versioned } from '@countersign/testkit';
import { describe, expect, it } from 'vitest';
import { fileOf, image, published, resigned } from './victims/story.ts';
import type { Victim } from './victims/victim.ts';
import { against, refusal } from './victims/victims.ts';

against('follows no root of another line', (start) => {
  const spliced = async (make: (repository: Simulator) => Promise<Uint8Array>): Promise<Victim> => {
    const repository = await published(['v1']);
    const victim = await start(repository);
    victim.instead.set('2.root.json', await make(repository));
    return victim;
  };

  it('of a stranger', async () => {
    const victim = await spliced(async () => {
      const stranger = await published([]);
      await resigned(stranger, 'root');
      return fileOf(stranger, 'root');
    });
    expect(await refusal(victim.verify('v1'))).toBe('signature');
  });

  it('that the old keys did not sign', async () => {
    const victim = await spliced(async (repository) => {
      const fork = repository.fork();
      const fresh = generateSigner('ed25519');
      await fork.rotate(new Map([['root', [fresh]]]), { signers: [fresh] });
      return fileOf(fork, 'root');
    });
    expect(await refusal(victim.verify('v1'))).toBe('signature');
  });

  it('that its own keys did not sign', async () => {
    const victim = await spliced(async (repository) => {
      const fork = repository.fork();
      await fork.rotate(new Map([['root', [generateSigner('ed25519')]]]), { signers: repository.signersOf('root') });
      return fileOf(fork, 'root');
    });
    expect(await refusal(victim.verify('v1'))).toBe('signature');
  });

  it.each([1, 3, 2 ** 40])('of version %i where 2 was asked for', async (version) => {
    const victim = await spliced(async (repository) => {
      const fork = repository.fork();
      await fork.next('root', ROOT, {}, { bend: versioned(version) });
      return fileOf(fork, 'root');
    });
    expect(await refusal(victim.verify('v1'))).toBe('rollback');
  });

  it('whose signatures were taken off', async () => {
    const victim = await spliced(async (repository) => {
      const fork = repository.fork();
      await resigned(fork, 'root');
      return strippedSignatures(fileOf(fork, 'root'));
    });
    expect(await refusal(victim.verify('v1'))).toBe('signature');
  });

  it('in the place of the one that is pinned', async () => {
    const repository = await published(['v1']);
    const fork = repository.fork();
    await fork.next('root', ROOT, { 'x-note': 'another' }, { bend: versioned(1) });
    const victim = await start(repository);
    victim.instead.set('1.root.json', fileOf(fork, 'root'));
    expect(await refusal(victim.verify('v1'))).toBe('untrusted-root');
  });

  it('of a newer version in the place of the one that is pinned', async () => {
    const repository = await published(['v1']);
    const fork = repository.fork();
    await resigned(fork, 'root');
    const victim = await start(repository);
    victim.instead.set('1.root.json', fileOf(fork, 'root'));
    expect(await refusal(victim.verify('v1'))).toBe('untrusted-root');
  });

  it('beside one that it has followed already', async () => {
    const repository = await published(['v1']);
    const fork = repository.fork();
    await fork.rotate(new Map([['root', [generateSigner('ed25519')]]]));
    await resigned(fork, 'root');
    await resigned(repository, 'root');
    const victim = await start(repository);
    expect(await victim.verify('v1')).toBe(image('v1').digest);
    victim.instead.set('3.root.json', fileOf(fork, 'root'));
    expect(await refusal(victim.verify('v1'))).toBe('signature');
  });
});

describe('the server follows no root of another line', () => {
  it.each<readonly [string, (repository: Simulator, fork: Simulator) => Promise<unknown>, string]>([
    ['that the old keys did not sign', (_, fork) => replaced(fork, 'itself'), 'signature'],
    ['that its own keys did not sign', (repository, fork) => replaced(fork, repository), 'signature'],
    ['of the version that stands', (_, fork) => fork.next('root', ROOT, {}, { bend: versioned(1) }), 'conflict'],
    ['that skips a version', (_, fork) => fork.next('root', ROOT, {}, { bend: versioned(3) }), 'wrong-version'],
  ])('%s', async (_, make, wanted) => {
    const standing = await published(['v1']);
    const fork = standing.fork();
    await make(standing, fork);
    expect(await refusal(() => judge({ gun: standing.gun, standing, parts: { root: fileOf(fork, 'root') } }))).toBe(wanted);
  });
});

async function replaced(fork: Simulator, by: Simulator | 'itself'): Promise<void> {
  const fresh = generateSigner('ed25519');
  await fork.rotate(new Map([['root', [fresh]]]), { signers: by === 'itself' ? [fresh] : by.signersOf('root') });
}

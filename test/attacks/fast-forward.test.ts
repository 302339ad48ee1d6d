// TUF 1.0.34 §1.5.2, fast-forward: whoever held a leaked key raises versions beyond all reach, and the repository could never
// publish again. §5.3.11: when the key is gone, what was seen under it counts no longer.
import { RELEASES, ROOT, type RoleName, TARGETS } from '@countersign/core';
import { generateSigner } from '@countersign/signers';
import { aliased, judge, type Simulator, versioned, withoutHashes } from '@countersign/testkit';
import { describe, expect, it } from 'vitest';
import { held, image, published, type Role, resigned } from './victims/story.ts';
import type { Victim } from './victims/victim.ts';
import { against, refusal } from './victims/victims.ts';

const FAR = Number.MAX_SAFE_INTEGER;

/** The files of a second story, in which `role` jumps to the highest version there is. */
async function raised(repository: Simulator, role: Role): Promise<Map<string, Uint8Array>> {
  const fork = repository.fork();
  await resigned(fork, role, { bend: versioned(FAR) });
  return new Map([...fork.served].filter(([path, bytes]) => repository.served.get(path) !== bytes));
}

async function fooled(victim: Victim, files: ReadonlyMap<string, Uint8Array>): Promise<void> {
  for (const [path, bytes] of files) victim.instead.set(path, bytes);
  expect(await victim.verify('v1')).toBe(image('v1').digest);
  victim.instead.clear();
}

against('survives versions raised beyond all reach', (start) => {
  // Versions of targets and delegated roles are remembered in the snapshot, so its key is the one to replace.
  it.each([
    ['timestamp', 'timestamp'],
    ['snapshot', 'snapshot'],
    ['targets', 'snapshot'],
    ['releases', 'snapshot'],
  ] as const)('of %s, once the key of %s is replaced', async (role, key) => {
    const repository = await published(['v1']);
    const victim = await start(repository);
    await fooled(victim, await raised(repository, role));
    await repository.publish({ v2: image('v2').entry });
    await repository.timestamp();
    expect(await refusal(victim.verify('v2'))).toBe('rollback');
    await held(repository, key, [generateSigner('ed25519')], 1);
    expect(await victim.verify('v2')).toBe(image('v2').digest);
  });

  it('once one of two keys is replaced, although the other still signs', async () => {
    const [leaked, kept] = [generateSigner('ed25519'), generateSigner('ed25519')];
    const repository = await published(['v1']);
    await held(repository, 'timestamp', [leaked, kept], 1);
    const victim = await start(repository);
    await fooled(victim, await raised(repository, 'timestamp'));
    await held(repository, 'timestamp', [kept], 1);
    expect(await victim.verify('v1')).toBe(image('v1').digest);
  });

  it('but not when only a threshold changed: nobody was shut out by that', async () => {
    const signers = [generateSigner('ed25519'), generateSigner('ed25519')];
    const repository = await published(['v1']);
    await held(repository, 'timestamp', signers, 1);
    const victim = await start(repository);
    await fooled(victim, await raised(repository, 'timestamp'));
    await held(repository, 'timestamp', signers, 2);
    expect(await refusal(victim.verify('v1'))).toBe('rollback');
  });

  it('but not when another role’s key was replaced', async () => {
    const repository = await published(['v1']);
    const victim = await start(repository);
    await fooled(victim, await raised(repository, 'timestamp'));
    await held(repository, 'targets', [generateSigner('ed25519')], 1);
    expect(await refusal(victim.verify('v1'))).toBe('rollback');
  });

  it('of a key that is back under another name only', async () => {
    const repository = await published(['v1']);
    const victim = await start(repository);
    await fooled(victim, await raised(repository, 'timestamp'));
    const [signer] = repository.signersOf('timestamp');
    if (signer === undefined) throw new Error('no signer');
    await held(repository, 'timestamp', [aliased(signer, 'renamed')], 1);
    expect(await refusal(victim.verify('v1'))).toBe('rollback');
  });

  it('of root, which nobody but its own threshold can raise', async () => {
    const repository = await published(['v1']);
    const victim = await start(repository);
    victim.instead.set('2.root.json', (await raised(repository, 'root')).get(`${FAR}.root.json`));
    expect(await refusal(victim.verify('v1'))).toBe('rollback');
  });

  it('of files that a snapshot names without hashes', async () => {
    const repository = await published(['v1']);
    const victim = await start(repository);
    await resigned(repository, 'snapshot', { bend: withoutHashes });
    victim.instead.set('1.targets.json', (await raised(repository, 'targets')).get(`${FAR}.targets.json`));
    expect(await refusal(victim.verify('v1'))).toBe('mismatch');
  });
});

describe('the server', () => {
  it.each<readonly [RoleName, 'root' | 'targets']>([
    [ROOT, 'root'],
    [TARGETS, 'targets'],
    [RELEASES, 'targets'],
  ])('refuses a %s that leaps ahead', async (role, kind) => {
    const standing = await published(['v1']);
    const attacker = standing.fork();
    await attacker.next(kind, role, {}, { bend: versioned(FAR) });
    const parts = { [role]: attacker.newest.get(role)?.bytes };
    expect(await refusal(() => judge({ gun: standing.gun, standing, parts }))).toBe('wrong-version');
  });
});

// TUF 1.0.34 §1.5.2, arbitrary installation: the attacker stands in the way and gives whatever it likes, without any key.
import { generateSigner } from '@countersign/signers';
import { flippedBit, judge, strippedSignatures, withoutHashes } from '@countersign/testkit';
import { describe, expect, it } from 'vitest';
import { fileOf, image, pathOf, published, ROLES, type Role, resigned } from './victims/story.ts';
import { against, refusal } from './victims/victims.ts';

/** Roles that another file names, where it may state a hash. */
const NAMED: readonly Role[] = ['snapshot', 'targets', 'releases'];

against('refuses what was not signed', (start) => {
  it('an image with one bit flipped, of the same length', async () => {
    const repository = await published(['v1']);
    const victim = await start(repository);
    const { bytes, mediaType } = image('v1');
    for (const at of [0, bytes.length >> 1, bytes.length - 1]) {
      victim.registry.set('v1', { bytes: flippedBit(bytes, at), mediaType });
      expect(await refusal(victim.verify('v1'))).toBe('mismatch');
    }
  });

  it('an image with a byte more, or a byte less', async () => {
    const repository = await published(['v1']);
    const victim = await start(repository);
    const { bytes, mediaType } = image('v1');
    for (const wrong of [Uint8Array.of(...bytes, 10), bytes.subarray(0, -1), new Uint8Array()]) {
      victim.registry.set('v1', { bytes: wrong, mediaType });
      expect(await refusal(victim.verify('v1'))).toBe('mismatch');
    }
  });

  it.each(ROLES)('a %s without signatures', async (role) => {
    const repository = await published(['v1']);
    await resigned(repository, role, {}, { snapshot: withoutHashes, timestamp: withoutHashes });
    const victim = await start(repository);
    victim.instead.set(pathOf(repository, role), strippedSignatures(fileOf(repository, role)));
    expect(await refusal(victim.verify('v1'))).toBe('signature');
  });

  it.each(ROLES)('a %s signed by a stranger', async (role) => {
    const repository = await published(['v1']);
    const naming = { snapshot: withoutHashes, timestamp: withoutHashes };
    await resigned(repository, role, { signers: [generateSigner('ed25519'), generateSigner('ecdsa-p256')] }, naming);
    const victim = await start(repository);
    expect(await refusal(victim.verify('v1'))).toBe('signature');
  });

  it.each(NAMED)('a %s with other signatures than the file that names it saw', async (role) => {
    const repository = await published(['v1']);
    const victim = await start(repository);
    victim.instead.set(pathOf(repository, role), strippedSignatures(fileOf(repository, role)));
    expect(await refusal(victim.verify('v1'))).toBe('mismatch');
  });
});

describe('the server refuses what was not signed', () => {
  it.each(['root', 'targets', 'releases'] as const)('a %s without signatures, or by a stranger', async (role) => {
    const standing = await published(['v1']);
    const draft = standing.fork();
    await resigned(draft, role);
    const bare = { [role]: strippedSignatures(fileOf(draft, role)) };
    expect(await refusal(() => judge({ gun: standing.gun, standing, parts: bare }))).toBe('signature');
    const foreign = standing.fork();
    await resigned(foreign, role, { signers: [generateSigner('ed25519')] });
    const parts = { [role]: fileOf(foreign, role) };
    expect(await refusal(() => judge({ gun: standing.gun, standing, parts }))).toBe('signature');
  });
});

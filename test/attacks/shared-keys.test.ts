// TUF metadata does not name its repository. Whoever signs two of them with one key would let each stand in for the other: a file of
// B, served for A, is fresh, in order, and signed by the right key.
import { type Gun, parseGun } from '@countersign/core';
import { judge, type Simulator, withoutHashes, withoutMember } from '@countersign/testkit';
import { describe, expect, it } from 'vitest';
import { fileOf, image, pathOf, published, type Role, resigned } from './victims/story.ts';
import { against, refusal } from './victims/victims.ts';

const OTHER: Gun = parseGun('registry.example.com/team/other');

/** A and B with all keys in common, each at the same versions, naming files by version alone. */
async function twins(): Promise<{ a: Simulator; b: Simulator }> {
  const a = await published([]);
  const b = await published([], { gun: OTHER, repository: 'ee'.repeat(16), keys: a.keys });
  for (const repository of [a, b]) await resigned(repository, 'targets', {}, { snapshot: withoutHashes, timestamp: withoutHashes });
  await b.publish({ v1: image('v2').entry });
  await a.publish({ v1: image('v1').entry });
  for (const repository of [a, b]) await resigned(repository, 'targets', {}, { snapshot: withoutHashes, timestamp: withoutHashes });
  return { a, b };
}

against('refuses another repository of the same signers', (start) => {
  it.each(['timestamp', 'snapshot', 'targets', 'releases'] as const)('whose %s is served here', async (role: Role) => {
    const { a, b } = await twins();
    const victim = await start(a);
    expect(await victim.verify('v1')).toBe(image('v1').digest);
    const fresh = await start(a);
    fresh.instead.set(pathOf(a, role), fileOf(b, role));
    expect(await refusal(fresh.verify('v1'))).toBe('wrong-repository');
  });

  it('whose root is served here, against a pinned root', async () => {
    const { a, b } = await twins();
    const victim = await start(a);
    for (const [path, bytes] of b.served) victim.instead.set(path, bytes);
    expect(await refusal(victim.verify('v1'))).toBe('untrusted-root');
  });

  it('whose root is served here, against pinned keys', async () => {
    const { a, b } = await twins();
    const fingerprints = a.signersOf('root').map(({ key }) => key.fingerprint);
    const victim = await start(a, { anchor: { pins: [{ by: 'keys', fingerprints, threshold: 1 }] } });
    expect(await victim.verify('v1')).toBe(image('v1').digest);
    const fresh = await start(a, { anchor: { pins: [{ by: 'keys', fingerprints, threshold: 1 }] } });
    for (const [path, bytes] of b.served) fresh.instead.set(path, bytes);
    expect(await refusal(fresh.verify('v1'))).toBe('wrong-repository');
  });

  it('whose root is served here, at first use', async () => {
    const { a, b } = await twins();
    const victim = await start(a, { anchor: { pins: [], otherwise: 'unsafe-first-use' } });
    for (const [path, bytes] of b.served) victim.instead.set(path, bytes);
    expect(await refusal(victim.verify('v1'))).toBe('wrong-repository');
  });

  it('whose next root is served as ours', async () => {
    const { a, b } = await twins();
    await resigned(b, 'root');
    const victim = await start(a);
    victim.instead.set('2.root.json', fileOf(b, 'root'));
    expect(await refusal(victim.verify('v1'))).toBe('wrong-repository');
  });

  it.each(['timestamp', 'snapshot', 'targets', 'releases'] as const)('or of none: a %s that is not bound', async (role: Role) => {
    const { a } = await twins();
    await resigned(a, role, { bend: withoutMember(['x-countersign']) }, { snapshot: withoutHashes, timestamp: withoutHashes });
    const victim = await start(a);
    expect(await refusal(victim.verify('v1'))).toBe('wrong-repository');
  });

  it('or a root that is not bound, where policy asks for that', async () => {
    const { a } = await twins();
    await resigned(a, 'root', { bend: withoutMember(['x-countersign']) });
    const victim = await start(a);
    expect(await refusal(victim.verify('v1'))).toBe('wrong-repository');
  });
});

describe('the server refuses another repository of the same signers', () => {
  const upload = (standing: Simulator, from: Simulator, role: Role, claims: ReadonlyMap<string, Gun> = new Map()) =>
    refusal(() => judge({ gun: standing.gun, standing, parts: { [role]: fileOf(from, role) }, claims }));

  it.each(['root', 'targets', 'releases'] as const)('whose %s is uploaded here', async (role) => {
    const { a, b } = await twins();
    await resigned(b, role);
    expect(await upload(a, b, role)).toBe('wrong-repository');
  });

  it.each(['root', 'targets', 'releases'] as const)('whose %s was published under its own name before', async (role) => {
    const { a } = await twins();
    const draft = a.fork();
    await resigned(draft, role);
    const plan = judge({ gun: a.gun, standing: a, parts: { [role]: fileOf(draft, role) } });
    const [claim] = plan.claims;
    const claims = new Map([[`${claim?.kind} ${claim?.digest}`, OTHER]]);
    expect(await upload(a, draft, role, claims)).toBe('foreign-metadata');
  });

  it('whose first root names its own name', async () => {
    const { a, b } = await twins();
    const parts = { root: b.served.get('1.root.json'), targets: b.served.get('1.targets.json'), releases: b.served.get('1.releases.json') };
    expect(await refusal(() => judge({ gun: a.gun, standing: undefined, server: a, parts }))).toBe('wrong-repository');
  });
});

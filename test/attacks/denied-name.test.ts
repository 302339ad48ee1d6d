// A server that denies what it served before: “there is no such thing” must never read as “nobody ever signed this”, or whoever
// can make a server forget can make a policy of “verify if signed” let everything through.
import { expect, it } from 'vitest';
import { image, pathOf, published, ROLES } from './victims/story.ts';
import type { Victim, VictimOptions } from './victims/victim.ts';
import { against, againstClients, refusal } from './victims/victims.ts';

const UNPINNED: VictimOptions = { anchor: { pins: [], otherwise: 'unsafe-first-use' } };

function denyAll(victim: Victim, paths: Iterable<string>): void {
  for (const path of paths) victim.instead.set(path, undefined);
}

against('is told “not found”, and believes that something is missing', (start) => {
  it('about a name that was pinned', async () => {
    const repository = await published(['v1']);
    const victim = await start(repository);
    denyAll(victim, repository.served.keys());
    expect(await refusal(victim.verify('v1'))).toBe('missing');
  });

  it('about a name that was seen', async () => {
    const repository = await published(['v1']);
    const victim = await start(repository, UNPINNED);
    expect(await victim.verify('v1')).toBe(image('v1').digest);
    denyAll(victim, repository.served.keys());
    expect(await refusal(victim.verify('v1'))).toBe('missing');
    await victim.loseCache();
    expect(await refusal(victim.verify('v1'))).toBe('missing');
  });

  it.each(ROLES)('about the %s alone', async (role) => {
    const repository = await published(['v1']);
    const victim = await start(repository);
    victim.instead.set(pathOf(repository, role), undefined);
    expect(await refusal(victim.verify('v1'))).toBe('missing');
  });

  it('about a tag of a role that the snapshot lists and nobody serves', async () => {
    const repository = await published(['v1']);
    const victim = await start(repository);
    victim.instead.set(pathOf(repository, 'releases'), undefined);
    expect(await refusal(victim.verify('v2'))).toBe('missing');
  });
});

againstClients('hears “unsigned”', (start) => {
  it('only of a name without pin that was never seen', async () => {
    const repository = await published(['v1']);
    const victim = await start(repository, UNPINNED);
    denyAll(victim, repository.served.keys());
    expect(await refusal(victim.verify('v1'))).toBe('unsigned');
  });

  it('but “untrusted” where nothing was pinned and first use is not allowed', async () => {
    const repository = await published(['v1']);
    const victim = await start(repository, { anchor: { pins: [], otherwise: 'refuse' } });
    denyAll(victim, repository.served.keys());
    expect(await refusal(victim.verify('v1'))).toBe('untrusted-root');
  });
});

// TUF 1.0.34 §1.5.2, endless data: an answer that never ends, until the disk or the memory does.

import { withoutHashes } from '@countersign/testkit';
import { expect, it } from 'vitest';
import { pathOf, published, ROLES, resigned } from './victims/story.ts';
import { against, againstClients, refusal } from './victims/victims.ts';

// Small, so that what is read beyond a limit would show.
const LIMITS = { rootBytes: 20_000, timestampBytes: 16_384, snapshotBytes: 20_000, targetsBytes: 20_000 };
// What the operating system and node:http take off a connection before anybody reads it.
const ON_THE_WAY = 8 * 1024 * 1024;

const lengths: readonly (readonly [string, number | undefined, readonly string[]])[] = [
  ['no Content-Length', undefined, ['too-large']],
  ['a Content-Length that is too high', 1e15, ['too-large']],
  // As many bytes as were promised, and they mean nothing.
  ['a Content-Length that is too low', 10, ['malformed', 'mismatch', 'bad-reply', 'unreachable']],
];

againstClients('stops reading', (start) => {
  for (const role of ROLES) {
    it.each(lengths)(`${role} with %s`, async (_, declared, codes) => {
      const repository = await published(['v1']);
      await resigned(repository, 'timestamp', { bend: withoutHashes });
      const lie = { do: 'endless', ...(declared === undefined ? {} : { declared }) } as const;
      const victim = await start(repository, { limits: LIMITS, lies: new Map([[pathOf(repository, role), lie]]) });
      expect(codes).toContain(await refusal(victim.verify('v1')));
      expect(victim.poured()).toBeLessThan(LIMITS.targetsBytes + ON_THE_WAY);
    });
  }

  it('an error page that never ends, without losing sight of the error', async () => {
    const repository = await published(['v1']);
    const body = 'x'.repeat(ON_THE_WAY);
    const victim = await start(repository, { limits: LIMITS, lies: new Map([['timestamp.json', { do: 'status', status: 503, body }]]) });
    expect(await refusal(victim.verify('v1'))).toBe('unavailable');
  });
});

against('asks for no more than a file may have', (start) => {
  it.each(ROLES)('%s that is longer than its limit', async (role) => {
    const repository = await published(['v1']);
    await resigned(repository, role, {}, { snapshot: withoutHashes, timestamp: withoutHashes });
    const victim = await start(repository, { limits: LIMITS });
    victim.instead.set(pathOf(repository, role), new Uint8Array(20_001).fill(0x20));
    expect(await refusal(victim.verify('v1'))).toBe('too-large');
  });

  it.each(['snapshot', 'targets', 'releases'] as const)('%s that is longer than was signed', async (role) => {
    const repository = await published(['v1']);
    const victim = await start(repository);
    const signed = repository.served.get(pathOf(repository, role)) ?? new Uint8Array();
    victim.instead.set(pathOf(repository, role), Uint8Array.of(...signed, 0x0a));
    expect(await refusal(victim.verify('v1'))).toBe('too-large');
  });
});

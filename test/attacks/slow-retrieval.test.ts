// Slow retrieval: a server that gives a byte a second keeps everybody waiting, and nobody learns of an update.
import type { Lie } from '@countersign/testkit';
import { expect, it } from 'vitest';
import { pathOf, published, ROLES } from './victims/story.ts';
import { againstClients, refusal } from './victims/victims.ts';

const lies: readonly (readonly [string, Lie])[] = [
  ['drips', { do: 'drip' }],
  ['says nothing', { do: 'silence' }],
];

againstClients('does not wait for ever', (start) => {
  for (const [manner, lie] of lies) {
    it.each(ROLES)(`for %s from a server that ${manner}`, async (role) => {
      const repository = await published(['v1']);
      // The total counts, not the pauses: a byte that comes in time is no reason to wait for the next.
      const timeouts = manner === 'drips' ? { idleMs: 5_000, totalMs: 120 } : { idleMs: 60, totalMs: 5_000 };
      const victim = await start(repository, { lies: new Map([[pathOf(repository, role), lie]]), timeouts });
      const began = performance.now();
      expect(await refusal(victim.verify('v1'))).toBe('timeout');
      expect(performance.now() - began).toBeLessThan(2_000);
    });
  }
});

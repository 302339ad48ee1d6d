// Everybody who is attacked: each file in this folder tells its story once, and runs it against all of them.
import type { Simulator } from '@countersign/testkit';
import { afterEach, describe } from 'vitest';
import { startClient, startLongLivedClient } from './client.ts';
import { startCore } from './core.ts';
import { stock } from './story.ts';
import type { StartVictim, Victim, VictimOptions } from './victim.ts';

const VICTIMS: readonly (readonly [string, StartVictim])[] = [
  ['core', startCore],
  ['the client', startClient],
  ['a client that lives on', startLongLivedClient],
];

export type Start = (repository: Simulator, options?: VictimOptions) => Promise<Victim>;

/** Runs `attack` against each victim. Those that `start` makes know the images of `tags` and are closed after each test. */
export function against(claim: string, attack: (start: Start, name: string) => void, tags: readonly string[] = ['v1', 'v2', 'v3']): void {
  describe.each(VICTIMS)(`%s ${claim}`, (name, startVictim) => {
    const open: Victim[] = [];
    afterEach(async () => {
      for (const victim of open.splice(0)) await victim.close();
    });
    attack(async (repository, options) => {
      const victim = await startVictim(repository, options);
      open.push(victim);
      stock(victim, tags);
      return victim;
    }, name);
  });
}

/** The code that `run` is refused with. Fails the test when it is not refused at all. */
export async function refusal(run: Promise<unknown> | (() => unknown)): Promise<string> {
  let result: unknown;
  try {
    result = await (typeof run === 'function' ? run() : run);
  } catch (error) {
    if (error instanceof Error && 'code' in error) return String(error.code);
    throw error;
  }
  throw new Error(`wanted a refusal, got ${String(result)}`);
}

// Everybody who is attacked: each file in this folder tells its story once, and runs it against all of them.
import type { Simulator } from '@countersign/testkit';
import { afterEach, describe } from 'vitest';
import { type ClientVictim, startClient, startLongLivedClient } from './client.ts';
import { startCore } from './core.ts';
import { stock } from './story.ts';
import type { Victim, VictimOptions } from './victim.ts';

type Start<V extends Victim> = (repository: Simulator, options?: VictimOptions) => Promise<V>;
type Named<V extends Victim> = readonly [name: string, start: Start<V>];

const CLIENTS: readonly Named<ClientVictim>[] = [
  ['the client', startClient],
  ['a client that lives on', startLongLivedClient],
];
const CORE: Named<Victim> = ['core', startCore];
const TAGS = ['v1', 'v2', 'v3'];

/** Runs `attack` against core and the client. Victims find the images of v1 to v3 in their registry; they are closed after each test. */
export const against = (claim: string, attack: (start: Start<Victim>) => void): void => run([CORE, ...CLIENTS], claim, attack);

/** The same for tables of variants, of which the client runs one. */
export const againstCore = (claim: string, attack: (start: Start<Victim>) => void): void => run([CORE], claim, attack);

/** The same for what only a server can do, or what only a client with folders can suffer. */
export const againstClients = (claim: string, attack: (start: Start<ClientVictim>) => void): void => run(CLIENTS, claim, attack);

function run<V extends Victim>(victims: readonly Named<V>[], claim: string, attack: (start: Start<V>) => void): void {
  describe.each(victims)(`%s ${claim}`, (_, startVictim) => {
    const open: V[] = [];
    afterEach(async () => {
      for (const victim of open.splice(0)) await victim.close();
    });
    attack(async (repository, options) => {
      const victim = await startVictim(repository, options);
      open.push(victim);
      stock(victim, TAGS);
      return victim;
    });
  });
}

/** The code that `act` is refused with. Fails the test when it is not refused at all, or with an error that has no code. */
export async function refusal(act: Promise<unknown> | (() => unknown)): Promise<string> {
  let result: unknown;
  try {
    result = await (typeof act === 'function' ? act() : act);
  } catch (error) {
    if (error instanceof Error && 'code' in error) return String(error.code);
    throw error;
  }
  throw new Error(`wanted a refusal, got ${String(result)}`);
}

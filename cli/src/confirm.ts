// A yes before what cannot be undone: from `--yes`, or from the person at the terminal. Silence is no.
import { CommandError, UsageError } from './errors.ts';
import { canAsk } from './passphrase.ts';
import type { Given } from './tree/spec.ts';
import type { World } from './world.ts';

/** Throws CommandError `declined`, or UsageError `bad-arguments` where nobody can be asked. */
export async function confirm(world: World, given: Given, question: string): Promise<void> {
  if (given.flag('yes')) return;
  if (!canAsk(world)) {
    const why = world.isTTY ? 'CI is set: nothing is asked' : 'there is no terminal to ask on';
    throw new UsageError('bad-arguments', `this needs a yes, and ${why}`, {
      next: 'look again at what it does, then give --yes',
    });
  }
  const asker = await world.asker();
  if ((await asker.confirm(question)) !== true) throw new CommandError('declined', 'declined');
}

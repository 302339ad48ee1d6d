// One confirmation for many repositories: the number of them, typed. A yes is given too easily to five hundred changes at once.

import { repositoriesCounted } from '../counted.ts';
import { CommandError, UsageError } from '../errors.ts';
import { canAsk } from '../passphrase.ts';
import type { Call } from '../tree/spec.ts';

/** `counts`: the number that is meant; behind it, those that are as good, because they were confirmed before. Throws when it is another. */
export async function confirmCount({ world, given }: Call, [count = 0, ...others]: readonly number[]): Promise<void> {
  const typed = given.whole('yes-count', 0);
  const repositories = repositoriesCounted(count);
  if (typed !== undefined) {
    if (typed === count || others.includes(typed)) return;
    throw new UsageError('bad-arguments', `--yes-count: the plan has ${repositories}, got ${typed}`, {
      next: 'look at the plan again: --dry-run shows it',
    });
  }
  if (others.length > 0) return;
  if (!canAsk(world)) {
    throw new UsageError('bad-arguments', `this changes ${repositories}, and nobody is there to type the number`, {
      next: `look at the plan with --dry-run, then give --yes-count ${count}`,
    });
  }
  const asker = await world.asker();
  const answer = await asker.text(`This changes ${repositories}. Type the number to go on`);
  if (answer?.trim() !== String(count)) throw new CommandError('declined', `declined: wanted ${count} typed`);
}

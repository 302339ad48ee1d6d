// What a change of a key left, and who can do the rest.
import type { Output } from '../output.ts';

export function sayLeft(
  output: Output,
  refused: readonly { readonly gun: string; readonly message: string }[],
  left: readonly { readonly gun: string; readonly left: readonly string[] }[],
): void {
  for (const { gun, message } of refused) output.say(`${gun}: refused: ${message}`);
  for (const { gun, left: roles } of left) output.say(`${gun}: still trusted as ${roles.join(', ')}`);
  if (left.length > 0) output.say(ROOT_IS_LEFT);
}

/** The root is never touched unasked: what it says is what all the others hang on. */
const ROOT_IS_LEFT: string =
  'What a root names is left alone without --include-root; where several people sign a root: countersign root propose. ' +
  'Keys of the server (snapshot, timestamp) change with: countersign key rotate';

// `completion`: a script for a shell, made from the tree of commands.
import { bashCompletion } from '../completion/bash.ts';
import { fishCompletion } from '../completion/fish.ts';
import { completionTree } from '../completion/words.ts';
import { zshCompletion } from '../completion/zsh.ts';
import type { Handler } from '../tree/spec.ts';

export const completionCommand: Handler = async ({ given, tree }) => {
  const shell = given.argument('shell');
  const words = completionTree(await tree());
  const script = shell === 'fish' ? fishCompletion(words) : shell === 'zsh' ? zshCompletion(words) : bashCompletion(words);
  return { facts: { shell, script }, text: script.trimEnd() };
};

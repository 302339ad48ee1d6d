// The words that need no parser: a command and its arguments, without a single option. `countersign verify IMAGE` stands before every
// pull, and loading and feeding a parser would take a good part of its time.
import { createGiven } from '../given.ts';
import { GLOBALS } from './options.ts';
import { isGroup, type Parsed, type TreeNode } from './spec.ts';

/** Undefined for everything that is not that plain: options, groups, choices, too few or too many words. */
export function plainWords([name, ...words]: readonly string[], tree: readonly TreeNode[]): Parsed | undefined {
  const command = tree.find((node) => node.name === name);
  if (command === undefined || isGroup(command) || words.some((word) => word.startsWith('-'))) return undefined;
  const wanted = command.arguments;
  if (words.length !== wanted.length || wanted.some(({ choices }) => choices !== undefined)) return undefined;
  return { given: createGiven(command, words, new Map(), GLOBALS) };
}

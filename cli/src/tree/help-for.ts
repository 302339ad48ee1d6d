// Which help page speaks of some words.
import { isGroup, type TreeNode } from './spec.ts';

/** The help page of the command that is spoken of. */
export function helpFor(words: readonly string[], tree: readonly TreeNode[]): string {
  const at = words.findIndex((word) => tree.some((node) => node.name === word));
  const node = tree.find(({ name }) => name === words[at]);
  if (node === undefined) return 'countersign help';
  const next = words.slice(at + 1).find((word) => !word.startsWith('-'));
  const child = isGroup(node) ? node.commands.find(({ name }) => name === next) : undefined;
  return ['countersign help', node.name, ...(child === undefined ? [] : [child.name])].join(' ');
}

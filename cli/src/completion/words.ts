// What can be completed, flattened: one entry for each command that can be typed, by the words that lead to it.
import { GLOBAL_OPTIONS } from '../tree/options.ts';
import { isGroup, type OptionSpec, optionName, type TreeNode, takesValue } from '../tree/spec.ts';

export interface CompletedOption {
  /** With its dashes. */
  readonly word: string;
  readonly what: string;
  readonly value: 'none' | 'text' | 'file' | 'folder' | readonly string[];
}

export interface Completed {
  /** `[]` for the program itself, `['key', 'rotate']` for a command in a group. */
  readonly path: readonly string[];
  /** What may follow: commands of a group, or the choices of the first argument. */
  readonly words: readonly { readonly word: string; readonly what: string }[];
  readonly options: readonly CompletedOption[];
}

export function completionTree(tree: readonly TreeNode[]): readonly Completed[] {
  const all: Completed[] = [{ path: [], words: tree.map(({ name, summary }) => ({ word: name, what: summary })), options: globals }];
  for (const node of tree) {
    if (!isGroup(node)) {
      all.push(entryOf([], node));
      continue;
    }
    all.push({ path: [node.name], words: node.commands.map(({ name, summary }) => ({ word: name, what: summary })), options: globals });
    for (const command of node.commands) all.push(entryOf([node.name], command));
  }
  return all;
}

const globals = GLOBAL_OPTIONS.map(completedOption);

function entryOf(above: readonly string[], command: Exclude<TreeNode, { readonly commands: unknown }>): Completed {
  const choices = command.arguments[0]?.choices ?? command.arguments[0]?.suggests ?? [];
  return {
    path: [...above, command.name],
    words: choices.map((word) => ({ word, what: command.arguments[0]?.what ?? '' })),
    options: [...command.options.map(completedOption), ...globals],
  };
}

function completedOption(option: OptionSpec): CompletedOption {
  const value = option.choices ?? (takesValue(option) ? (option.takes ?? 'text') : 'none');
  return { word: `--${optionName(option.flags)}`, what: option.what, value };
}

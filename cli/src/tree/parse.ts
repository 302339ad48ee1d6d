// From words to a command and what was given to it. The one file that imports commander, which must not exit, print or read
// the process: it only parses, and writes help. Loaded for words that need it (plain-words.ts).
import { Argument, Command, CommanderError, Option } from 'commander';
import { UsageError } from '../errors.ts';
import { createGiven, type OptionValue } from '../given.ts';
import { helpFor } from './help-for.ts';
import { GLOBAL_OPTIONS, GLOBALS } from './options.ts';
import { type CommandSpec, type Example, type Given, isGroup, type OptionSpec, optionName, type Parsed, type TreeNode } from './spec.ts';

const ABOUT = 'Sign on push, verify before pull: content trust for any registry.';

/** Throws UsageError `bad-arguments`, with a suggestion where a word nearly is one of ours. */
export async function parseWords(typed: readonly string[], tree: readonly TreeNode[], version: string): Promise<Parsed> {
  const words = plainWords(typed, tree);
  // Describing every command takes a good part of a start, so at first only those are described whose names are among the words. Help
  // and suggestions need them all.
  const spoken = tree.filter(({ name }) => words.includes(name));
  try {
    const parsed = spoken.length === 0 ? undefined : await parseWith(spoken, words, tree, version);
    if (parsed !== undefined && 'given' in parsed) return parsed;
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
  }
  return parseWith(tree, words, tree, version);
}

/**
 * `help` as an option of what it speaks of: commander's own knows one level of names, and answers an unknown one with everything.
 * `version` is what people type who do not know the option.
 */
function plainWords(typed: readonly string[], tree: readonly TreeNode[]): readonly string[] {
  const [verb, name, below] = typed;
  if (verb === 'version' && name === undefined) return ['--version'];
  if (verb !== 'help' || name === undefined || name.startsWith('-')) return typed;
  const node = tree.find((one) => one.name === name);
  const known = node !== undefined && (below === undefined || !isGroup(node) || node.commands.some((one) => one.name === below));
  return known ? [...typed.slice(1), '--help'] : typed.slice(1);
}

async function parseWith(
  nodes: readonly TreeNode[],
  words: readonly string[],
  tree: readonly TreeNode[],
  version: string,
): Promise<Parsed> {
  const printed: string[] = [];
  const complaints: string[] = [];
  let given: Given | undefined;
  const found = (spec: CommandSpec, command: Command): void => {
    given = createGiven(spec, command.processedArgs, optionsOf(command), GLOBALS);
  };
  const program = new Command('countersign').description(ABOUT).version(version, '--version', 'print the version');
  program.exitOverride().configureOutput({
    writeOut: (text) => printed.push(text),
    writeErr: (text) => complaints.push(text),
    getOutHasColors: () => false,
    getErrHasColors: () => false,
    getOutHelpWidth: () => 100,
    getErrHelpWidth: () => 100,
  });
  addOptions(program, GLOBAL_OPTIONS);
  for (const node of nodes) addNode(program, node, found);
  program.addHelpText('after', '\nHelp for one command: countersign help <command>. Exit codes and variables: docs/reference/cli.md');
  try {
    await program.parseAsync([...words], { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode === 0) return { text: printed.join('').trimEnd() };
    // Commander answers a bare group with its help, on stderr.
    if (error.code === 'commander.help') return { help: complaints.join('').trimEnd() };
    throw usageError(error, helpFor(words, tree));
  }
  if (given === undefined) throw new UsageError('bad-arguments', 'wanted a command, got none');
  return { given };
}

type Found = (spec: CommandSpec, command: Command) => void;

function addNode(parent: Command, node: TreeNode, found: Found): void {
  const command = parent.command(node.name).summary(node.summary);
  command.copyInheritedSettings(parent);
  if (isGroup(node)) {
    command.description(`${sentence(node.summary)}.`);
    for (const child of node.commands) addNode(command, child, found);
    return;
  }
  command.description(node.about === undefined ? `${sentence(node.summary)}.` : `${sentence(node.summary)}.\n\n${node.about}`);
  for (const { name, what, presence, choices, repeats } of node.arguments) {
    const words = repeats === true ? `${name}...` : name;
    const argument = new Argument(presence === 'required' ? `<${words}>` : `[${words}]`, what);
    command.addArgument(choices === undefined ? argument : argument.choices(choices));
  }
  addOptions(command, node.options);
  addOptions(command, GLOBAL_OPTIONS);
  command.addHelpText('after', examplesText(node.examples));
  command.action(() => found(node, command));
}

const sentence = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

function addOptions(command: Command, options: readonly OptionSpec[]): void {
  for (const { flags, what, choices, repeats } of options) {
    const option = new Option(flags, what);
    if (choices !== undefined) option.choices(choices);
    if (repeats === true) option.argParser((value: string, before: unknown) => [...(Array.isArray(before) ? before : []), value]);
    command.addOption(option);
  }
}

function optionsOf(command: Command): ReadonlyMap<string, OptionValue> {
  const values = new Map<string, OptionValue>();
  for (let at: Command | null = command; at !== null; at = at.parent) {
    for (const option of at.options) {
      const value: unknown = at.getOptionValue(option.attributeName());
      const name = optionName(option.flags);
      if (!values.has(name) && isOptionValue(value)) values.set(name, value);
    }
  }
  return values;
}

const isOptionValue = (value: unknown): value is OptionValue =>
  typeof value === 'string' || value === true || (Array.isArray(value) && value.every((one) => typeof one === 'string'));

const examplesText = (examples: readonly Example[]): string =>
  `\nExamples:\n${examples.map(({ line, what }) => `  # ${what}\n  ${line}`).join('\n')}`;

function usageError(error: CommanderError, help: string): UsageError {
  const [, suggestion] = /\(Did you mean (.+?)\?\)/s.exec(error.message) ?? [];
  const text = error.message.replace(/^error: /, '').split('\n', 1)[0] ?? error.message;
  const message = text.replace(
    /^command-argument value '(.*)' is invalid for argument '(.+)'\. Allowed choices are (.+)\.$/,
    (_, value: string, name: string, choices: string) => `<${name}>: wanted one of ${choices}, got ${value.slice(0, 80)}`,
  );
  return new UsageError('bad-arguments', message, { next: suggestion === undefined ? help : `did you mean ${suggestion}?` });
}

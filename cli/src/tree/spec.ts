// How a command is declared. The tree of declarations is data: parsing, help, completion and the reference page's test read it.
import type { Gun } from '@countersign/core';
import type { Outcome, Output } from '../output.ts';
import type { World } from '../world.ts';

/** What the person typed, read through the declaration of the command. */
export interface Given {
  readonly command: CommandSpec;
  /** A required argument. */
  argument(name: string): string;
  optionalArgument(name: string): string | undefined;
  /** An argument that may be given several times, or not at all. */
  repeatedArgument(name: string): readonly string[];
  text(option: string): string | undefined;
  /** A repeated option. */
  texts(option: string): readonly string[];
  flag(option: string): boolean;
  /** A whole number from `least` to `most`. */
  whole(option: string, least: number, most?: number): number | undefined;
}

export interface Call {
  readonly world: World;
  readonly given: Given;
  readonly output: Output;
  /** Must be told the signed name that a command works with, once it is known: next steps name it. */
  speaksOf(gun: Gun): void;
  /** All commands, for those that speak about them. */
  tree(): Promise<readonly TreeNode[]>;
}

/** Does the work. `undefined` when the handler has printed its results itself. */
export type Handler = (call: Call) => Promise<Outcome | undefined>;

export interface ArgumentSpec {
  readonly name: string;
  readonly what: string;
  readonly presence: 'required' | 'optional';
  readonly choices?: readonly string[];
  /** Words that completion offers where others are fine too. */
  readonly suggests?: readonly string[];
  /** The last argument of a command may be given several times. */
  readonly repeats?: true;
}

export interface OptionSpec {
  /** As commander writes it: `--file <path>`, or `--yes` for a flag. */
  readonly flags: string;
  readonly what: string;
  readonly choices?: readonly string[];
  /** May be given several times. */
  readonly repeats?: true;
  /** What the value is, for completion. */
  readonly takes?: 'file' | 'folder';
}

export interface Example {
  readonly line: string;
  readonly what: string;
}

export interface CommandSpec {
  readonly name: string;
  readonly summary: string;
  /** A paragraph for the help page. */
  readonly about?: string;
  readonly arguments: readonly ArgumentSpec[];
  readonly options: readonly OptionSpec[];
  readonly examples: readonly Example[];
  /** A command that ends by being stopped sees to it itself. */
  readonly stops?: 'by-itself';
  /** Loads the code of this command and of no other. */
  readonly load: () => Promise<Handler>;
}

/** A command to run, text that was asked for, or help for somebody who named no command. */
export type Parsed = { readonly given: Given } | { readonly text: string } | { readonly help: string };

export interface GroupSpec {
  readonly name: string;
  readonly summary: string;
  readonly commands: readonly CommandSpec[];
}

export type TreeNode = CommandSpec | GroupSpec;

export const isGroup = (node: TreeNode): node is GroupSpec => 'commands' in node;

/** `--file <path>` is named `file`. */
export function optionName(flags: string): string {
  return /--([a-z0-9-]+)/.exec(flags)?.[1] ?? flags;
}

export const takesValue = (option: OptionSpec): boolean => option.flags.includes('<');

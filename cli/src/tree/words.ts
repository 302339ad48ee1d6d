// Any words of a person: all commands, and the parser where plain reading is not enough. Loaded for what is not a plain `verify`.
import { helpFor } from './help-for.ts';
import { plainWords } from './plain-words.ts';
import type { Parsed } from './spec.ts';
import { TREE } from './tree.ts';

export { TREE };

/** Throws UsageError. */
export async function readWords(argv: readonly string[], version: string): Promise<Parsed> {
  return plainWords(argv, TREE) ?? (await (await import('./parse.ts')).parseWords(argv, TREE, version));
}

/** The help page that speaks of these words. */
export const helpOf = (argv: readonly string[]): string => helpFor(argv, TREE);

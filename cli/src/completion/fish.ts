// Completion for fish: one line for each word, under the condition that its command was typed.
import type { Completed, CompletedOption } from './words.ts';

const quoted = (text: string): string => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;

export function fishCompletion(entries: readonly Completed[]): string {
  const lines = ['# countersign completion for fish', 'complete -c countersign -f'];
  for (const entry of entries) {
    const condition = conditionOf(entry, entries);
    for (const { word, what } of entry.words) lines.push(`complete -c countersign -n ${condition} -a ${quoted(word)} -d ${quoted(what)}`);
    for (const option of entry.options) {
      lines.push(`complete -c countersign -n ${condition} -l ${option.word.slice(2)} -d ${quoted(option.what)}${argumentOf(option)}`);
    }
  }
  return `${lines.join('\n')}\n`;
}

function conditionOf({ path }: Completed, entries: readonly Completed[]): string {
  const [first, second] = path;
  if (first === undefined) return '__fish_use_subcommand';
  if (second !== undefined) return quoted(`__fish_seen_subcommand_from ${first}; and __fish_seen_subcommand_from ${second}`);
  const below = entries.flatMap((entry) => (entry.path.length === 2 && entry.path[0] === first ? [entry.path[1]] : []));
  const open = below.length === 0 ? '' : `; and not __fish_seen_subcommand_from ${below.join(' ')}`;
  return quoted(`__fish_seen_subcommand_from ${first}${open}`);
}

function argumentOf({ value }: CompletedOption): string {
  if (value === 'none') return '';
  if (value === 'text') return ' -x';
  if (value === 'file') return ' -r -F';
  if (value === 'folder') return " -x -a '(__fish_complete_directories)'";
  return ` -x -a ${quoted(value.join(' '))}`;
}

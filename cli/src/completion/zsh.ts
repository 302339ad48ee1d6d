// Completion for zsh: the same search for the command, with a description beside each word.
import type { Completed, CompletedOption } from './words.ts';

const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;
const described = (word: string, what: string): string => quoted(`${word.replaceAll(':', '\\:')}:${what}`);

function caseOf({ path, words, options }: Completed): string {
  const lines = [...words, ...options].map(({ word, what }) => `        ${described(word, what)}`);
  return `    ${quoted(path.join(' '))})\n      found=(\n${lines.join('\n')}\n      ) ;;`;
}

export function zshCompletion(entries: readonly Completed[]): string {
  const groups = new Set(entries.filter((entry) => entry.path.length === 2).map((entry) => entry.path[0] ?? ''));
  const options = new Map<string, CompletedOption>(entries.flatMap((entry) => entry.options).map((option) => [option.word, option]));
  return `#compdef countersign
# countersign completion for zsh
_countersign() {
  local previous=\${words[CURRENT-1]} found_path='' word i
  local -a found
  case $previous in
${[...options.values()].flatMap(valueCase).join('\n')}
  esac
  for ((i = 2; i < CURRENT; i++)); do
    word=\${words[i]}
    [[ $word == -* ]] && continue
    if [[ -z $found_path ]]; then found_path=$word
    else
      [[ $found_path == (${[...groups].join('|')}) ]] && found_path="$found_path $word"
      break
    fi
  done
  case $found_path in
${entries.map(caseOf).join('\n')}
  esac
  _describe countersign found || _files
}
compdef _countersign countersign
`;
}

function valueCase({ word, value }: CompletedOption): readonly string[] {
  if (value === 'none') return [];
  if (value === 'text') return [`    ${word}) return ;;`];
  if (value === 'file') return [`    ${word}) _files; return ;;`];
  if (value === 'folder') return [`    ${word}) _files -/; return ;;`];
  return [`    ${word}) compadd -- ${value.join(' ')}; return ;;`];
}

// Completion for bash: a function that finds the command among the words typed so far.
import type { Completed, CompletedOption } from './words.ts';

const caseOf = (entry: Completed): string => {
  const words = [...entry.words.map(({ word }) => word), ...entry.options.map(({ word }) => word)];
  return `    '${entry.path.join(' ')}') words='${words.join(' ')}' ;;`;
};

export function bashCompletion(entries: readonly Completed[]): string {
  const groups = entries.filter((entry) => entry.path.length === 2).map((entry) => entry.path[0] ?? '');
  const options = new Map<string, CompletedOption>(entries.flatMap((entry) => entry.options).map((option) => [option.word, option]));
  return `# countersign completion for bash
_countersign() {
  local current="\${COMP_WORDS[COMP_CWORD]}" previous="\${COMP_WORDS[COMP_CWORD-1]}" path='' words='' word i
  case "$previous" in
${[...options.values()].flatMap(valueCase).join('\n')}
  esac
  for ((i = 1; i < COMP_CWORD; i++)); do
    word="\${COMP_WORDS[i]}"
    case "$word" in
      -*) continue ;;
    esac
    if [ -z "$path" ]; then path="$word"
    else
      case "$path" in
        ${[...new Set(groups)].join('|')}) path="$path $word" ;;
      esac
      break
    fi
  done
  case "$path" in
${entries.map(caseOf).join('\n')}
  esac
  COMPREPLY=($(compgen -W "$words" -- "$current"))
}
complete -F _countersign -o default countersign
`;
}

function valueCase({ word, value }: CompletedOption): readonly string[] {
  if (value === 'none') return [];
  if (value === 'text') return [`    ${word}) COMPREPLY=(); return ;;`];
  if (value === 'file') return [`    ${word}) COMPREPLY=($(compgen -f -- "$current")); return ;;`];
  if (value === 'folder') return [`    ${word}) COMPREPLY=($(compgen -d -- "$current")); return ;;`];
  return [`    ${word}) COMPREPLY=($(compgen -W '${value.join(' ')}' -- "$current")); return ;;`];
}

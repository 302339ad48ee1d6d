// The codes that callers of Countersign switch on, read from the error classes in the sources.
import { shipped } from './sources.ts';

/** Each code with the names of the families that have it. Throws when a family's union cannot be found. */
export function errorCodes(): ReadonlyMap<string, readonly string[]> {
  const codes = new Map<string, string[]>();
  for (const file of shipped) {
    for (const [, family = '', union = ''] of file.text.matchAll(/class (\w+) extends CountersignError<([^>]+)>/g)) {
      const found = literalsOf(union);
      if (found.length === 0) throw new Error(`${file.path}: ${family} has no codes in ${union}`);
      for (const code of found) codes.set(code, [...(codes.get(code) ?? []), family]);
    }
  }
  return codes;
}

/** The string literals of a union, those of the unions that it names included. */
function literalsOf(union: string): readonly string[] {
  const words = union.replace(/\/\/.*$/gm, '').replace(/\/\*[\s\S]*?\*\//g, '');
  const literals = [...words.matchAll(/'([^']+)'/g)].map(([, literal = '']) => literal);
  const names = [...words.replace(/'[^']*'/g, '').matchAll(/\b[A-Z]\w*/g)].map(([name]) => name);
  return [...literals, ...names.flatMap((name) => literalsOf(declarationOf(name)))];
}

function declarationOf(name: string): string {
  for (const file of shipped) {
    const found = new RegExp(`^(?:export )?type ${name} =([\\s\\S]*?);$`, 'm').exec(withoutLineComments(file.text));
    if (found !== null) return found[1] ?? '';
  }
  throw new Error(`no source declares the type ${name}`);
}

// A remark behind a member of a union may hold quotes and semicolons.
const withoutLineComments = (text: string): string => text.replace(/\s*\/\/.*$/gm, '');

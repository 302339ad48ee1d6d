// The page of differences, read as the list that it is: `| 218, 224-225 | body | why |`.
import { readFileSync } from 'node:fs';

const PAGE = new URL('../interop/notary-differences.md', import.meta.url);

/** For each exchange what is another, in order. */
export function listedDifferences(): ReadonlyMap<number, readonly string[]> {
  const listed = new Map<number, readonly string[]>();
  for (const line of readFileSync(PAGE, 'utf8').split('\n')) {
    const [, numbers, parts, reason = ''] = /^\| ([0-9][0-9, -]*) \| ([a-z, -]+) \| (.+) \|$/.exec(line) ?? [];
    if (numbers === undefined || parts === undefined) {
      if (/^\| *[0-9]/.test(line)) throw new Error(`no line of the list: ${line}`);
      continue;
    }
    if (reason.trim().length < 20) throw new Error(`no reason: ${line}`);
    for (const n of numbers.split(',').flatMap(range)) {
      listed.set(n, [...(listed.get(n) ?? []), ...parts.split(',').map((part) => part.trim())].sort());
    }
  }
  return listed;
}

function range(text: string): readonly number[] {
  const [first = Number.NaN, last = first] = text.trim().split('-').map(Number);
  return Array.from({ length: last - first + 1 }, (_, index) => first + index);
}

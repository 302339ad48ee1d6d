// The tables of docs/reference/profiles.md, as data.
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

export interface PageRow {
  readonly what: string;
  readonly verdict: string;
  readonly because: string;
}

const PAGE = fileURLToPath(new URL('../../docs/reference/profiles.md', import.meta.url));

/** The rows of every table below the heading `## HEADING`. */
export function rowsOfPage(heading: string): readonly PageRow[] {
  const [, section = ''] = readFileSync(PAGE, 'utf8').split(`## ${heading}\n`);
  const lines = section.split(/^## /m)[0]?.split('\n') ?? [];
  const cells = lines.filter((line) => /^\|(?!-)/.test(line)).map((line) => line.split('|').map((cell) => cell.trim()));
  return cells
    .map(([, what = '', verdict = '', because = '']) => ({ what, verdict, because }))
    .filter(({ verdict }) => verdict !== 'verdict' && verdict !== 'who does not');
}

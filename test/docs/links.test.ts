// Every link between pages leads to a file, and to a heading in it where it names one.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

const FOLDERS = ['docs', 'packages', 'services', 'cli', 'test'];
const ofOthers = (path: string): boolean => /(^|\/)(node_modules|dist)\//.test(path);
const pages = [
  ...readdirSync(ROOT).filter((file) => file.endsWith('.md')),
  ...FOLDERS.flatMap((folder) =>
    readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.md') && !ofOthers(file))
      .map((file) => join(folder, file)),
  ),
];

/** What stands in a fence is no link and no heading. */
const proseOf = (file: string): string => readFileSync(file, 'utf8').replace(/^```[\s\S]*?^```/gm, '');

/** As GitHub makes them: lower case, punctuation dropped, spaces as hyphens. */
const anchorOf = (heading: string): string =>
  heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\s_-]/gu, '')
    .trim()
    .replaceAll(' ', '-');

const anchorsIn = (file: string): ReadonlySet<string> =>
  new Set([...proseOf(file).matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) => anchorOf(heading)));

function brokenLinks(page: string): readonly string[] {
  const file = join(ROOT, page);
  const links = [...proseOf(file).matchAll(/\]\(([^()\s]+)\)/g)].map(([, link = '']) => link);
  return links.filter((link) => {
    if (/^[a-z]+:/.test(link)) return false;
    const [path = '', anchor] = link.split('#');
    const target = path === '' ? file : join(dirname(file), path);
    if (!existsSync(target)) return true;
    return anchor !== undefined && target.endsWith('.md') && !anchorsIn(target).has(anchor);
  });
}

describe('the links of', () => {
  for (const page of pages) {
    it(`${page} lead somewhere`, () => {
      expect(brokenLinks(page)).toEqual([]);
    });
  }
});

describe('docs/README.md', () => {
  it('leads to every page below docs', () => {
    const map = readFileSync(join(ROOT, 'docs/README.md'), 'utf8');
    const below = pages.filter((page) => page.startsWith('docs/') && page !== 'docs/README.md').map((page) => page.slice('docs/'.length));
    expect(below.filter((page) => !map.includes(`](${page})`))).toEqual([]);
  });
});

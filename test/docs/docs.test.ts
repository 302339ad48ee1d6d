// Every command line in the documentation runs.
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { readBlocks } from './blocks.ts';
import { runPage } from './run-page.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const scripts: Readonly<Record<string, string>> = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')).scripts;

const below = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.md'))
    .map((file) => join(folder, file));
const pages = [join(ROOT, 'README.md'), join(ROOT, 'CONTRIBUTING.md'), join(ROOT, 'cli/README.md'), ...below(join(ROOT, 'docs'))];

describe.concurrent('the commands of', () => {
  for (const page of pages) {
    const blocks = readBlocks(readFileSync(page, 'utf8'));
    if (blocks.length === 0) continue;
    it(`${relative(ROOT, page)} run as written`, async () => {
      for (const { text } of blocks.flatMap((block) => block.commands)) {
        const script = /^npm (?:run )?(?:--silent |-s )?([a-z:]+)/.exec(text)?.[1];
        if (script !== undefined && script !== 'ci') expect(Object.keys(scripts), text).toContain(script);
      }
      const { exit, stdout, stderr } = await runPage(blocks);
      expect(exit, `${stdout}\n${stderr}`).toBe(0);
    }, 240_000);
  }
});

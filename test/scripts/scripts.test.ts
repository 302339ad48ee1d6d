// Plays every script of this folder against the real program. A bug of the command line gets a script of its own.
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseScript, patternOf } from './script.ts';
import { openStage, type Stage } from './stage.ts';

const here = fileURLToPath(new URL('.', import.meta.url));
const names = readdirSync(here).filter((name) => name.endsWith('.txt'));

describe.concurrent('the program does as written in', () => {
  let stage: Stage;
  beforeAll(async () => {
    const bundled = spawnSync(process.execPath, [fileURLToPath(new URL('../../cli/bundle.mjs', import.meta.url))], { encoding: 'utf8' });
    expect(bundled).toMatchObject({ status: 0 });
    stage = await openStage();
  });
  afterAll(() => stage.close());

  it.each(names)(
    '%s',
    async (name) => {
      const play = await stage.begin(name.replace('.txt', ''));
      for (const step of parseScript(readFileSync(`${here}${name}`, 'utf8'))) {
        if ('event' in step) {
          await play.happen(step.event);
          continue;
        }
        const { stdout, stderr, exit } = await play.run(step);
        const where = `${name}:${step.line}: ${step.command}`;
        expect(exit, `${where}\n${stdout}${stderr}`).toBe(step.exit);
        if (step.keep === undefined) expect(stdout, where).toMatch(patternOf(step.stdout, play.variables));
        expect(stderr, where).toMatch(patternOf(step.stderr, play.variables));
      }
    },
    240_000,
  );
});

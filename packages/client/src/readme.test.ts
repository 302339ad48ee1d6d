import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Instant } from '@countersign/core';
import { afterEach, expect, it, vi } from 'vitest';
import { type Home, home } from '../test/home.ts';
import { closeMachines, temporaryFolder } from '../test/machine.ts';

let there: Home;
afterEach(async () => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
  await there.close();
  await closeMachines();
});

it('runs the example of the readme against a real trust server', async () => {
  there = await home();
  there.clock.now = Date.now() as Instant;
  const folder = await temporaryFolder();
  vi.stubEnv('HOME', folder);
  vi.stubEnv('USERPROFILE', folder);
  vi.stubEnv('COUNTERSIGN_SERVER', there.url.href);
  const readme = await readFile(new URL('../README.md', import.meta.url), 'utf8');
  const code = /```ts\n([\s\S]*?)```/.exec(readme)?.[1] ?? 'throw new Error("no example")';
  const example = join(folder, 'example.ts');
  await writeFile(example, code);
  const printed = vi.spyOn(console, 'log').mockImplementation(() => undefined);
  await import(/* @vite-ignore */ example);
  const promised = [...code.matchAll(/console\.log\(.*; \/\/ (.*)$/gm)].map(([, text]) => text);
  expect(printed.mock.calls.map((words) => words.join(' '))).toEqual(promised);
  expect(promised).toHaveLength(2);
});

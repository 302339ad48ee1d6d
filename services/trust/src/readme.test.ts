import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';

let home: string;
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'countersign-readme-'));
  vi.stubEnv('HOME', home);
  vi.stubEnv('USERPROFILE', home);
});
afterEach(async () => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
  await rm(home, { recursive: true, force: true });
});

it('runs the example of the readme', async () => {
  const readme = await readFile(new URL('../README.md', import.meta.url), 'utf8');
  const example = join(home, 'example.ts');
  await writeFile(example, /```ts\n([\s\S]*?)```/.exec(readme)?.[1] ?? 'throw new Error("no example")');
  const printed = vi.spyOn(console, 'log').mockImplementation(() => undefined);
  await import(/* @vite-ignore */ example);
  expect(printed.mock.calls).toEqual([[{ keytype: 'ed25519', scheme: 'ed25519', keyval: { public: expect.any(String) } }]]);
});

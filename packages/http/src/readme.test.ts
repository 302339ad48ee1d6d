// The example of the README, run as it stands.
import { readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import * as door from './index.ts';

it('keeps the promise of the README', async () => {
  const readme = await readFile(new URL('../README.md', import.meta.url), 'utf8');
  const [, code = ''] = /```js\n([\s\S]*?)```/.exec(readme) ?? [];
  const lines = code.split('\n');
  const promised = lines.flatMap((line) => (line.includes('console.log') ? [line.split('// ')[1]] : []));
  const printed: string[] = [];
  const body = lines.filter((line) => !line.startsWith('import ')).join('\n');
  const AsyncFunction = Object.getPrototypeOf(async () => undefined).constructor;
  const { createServer } = await import('node:http');
  const run = new AsyncFunction('createServer', 'createHttp', 'console', body);
  await run(createServer, door.createHttp, { log: (...words: unknown[]) => printed.push(words.join(' ')) });
  expect(printed).toEqual(promised);
  expect(printed).toHaveLength(2);
});

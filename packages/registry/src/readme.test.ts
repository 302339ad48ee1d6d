// The example of the README, run as it stands against the registry in memory.
import { readFile } from 'node:fs/promises';
import { nativeCryptography } from '@countersign/crypto-native';
import { createHttp } from '@countersign/http';
import { pushSampleImage, startRegistry } from '@countersign/testkit';
import { expect, it } from 'vitest';
import * as door from './index.ts';

it('keeps the promise of the README', async () => {
  const readme = await readFile(new URL('../README.md', import.meta.url), 'utf8');
  const [, code = ''] = /```js\n([\s\S]*?)```/.exec(readme) ?? [];
  const lines = code.split('\n');
  const promised = lines.flatMap((line) => (line.startsWith('console.log') ? [line.split('; // ')[1]] : []));
  const body = lines.filter((line) => !line.startsWith('import ')).join('\n');
  const registry = await startRegistry();
  pushSampleImage(registry, 'team/app', 'latest', { seed: 'readme' });
  const printed: string[] = [];
  const scope = {
    ...door,
    createHttp,
    nativeCryptography,
    console: { log: (...words: unknown[]) => printed.push(words.join(' ').replace(registry.host, '127.0.0.1:5000')) },
    process: { env: {}, argv: ['node', 'example.mjs', `${registry.host}/team/app`] },
  };
  const AsyncFunction = Object.getPrototypeOf(async () => undefined).constructor;
  try {
    await new AsyncFunction(...Object.keys(scope), body)(...Object.values(scope));
  } finally {
    await registry.close();
  }
  expect(printed).toEqual(promised);
  expect(printed).toHaveLength(2);
});

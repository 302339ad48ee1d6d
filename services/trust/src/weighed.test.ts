import { expect, it } from 'vitest';
import { Weighed } from './weighed.ts';

/** Work that ends when it is told to, and notes when it began. */
function works(weighed: Weighed, log: string[]) {
  return (name: string, weight: number): { end(): void; readonly done: Promise<string> } => {
    let end: () => void = () => undefined;
    const ended = new Promise<void>((resolve) => {
      end = resolve;
    });
    const done = weighed.run(weight, async () => {
      log.push(name);
      await ended;
      return name;
    });
    return { end: () => end(), done };
  };
}

it('carries as much as it may side by side, the rest in the order of arrival, and what is too heavy alone', async () => {
  const log: string[] = [];
  const begin = works(new Weighed(10), log);
  const [one, two, heavy, small] = [begin('one', 6), begin('two', 4), begin('heavy', 100), begin('small', 1)];
  await Promise.resolve();
  expect(log).toEqual(['one', 'two']);
  one.end();
  await one.done;
  expect(log).toEqual(['one', 'two']);
  two.end();
  await two.done;
  expect(log).toEqual(['one', 'two', 'heavy']);
  heavy.end();
  await heavy.done;
  expect(log).toEqual(['one', 'two', 'heavy', 'small']);
  small.end();
  expect(await small.done).toBe('small');
});

it('goes on after work that failed', async () => {
  const weighed = new Weighed(1);
  await expect(weighed.run(1, () => Promise.reject(new Error('no')))).rejects.toThrow('no');
  await expect(weighed.run(1, async () => 'yes')).resolves.toBe('yes');
});

import { describe, expect, it } from 'vitest';
import { Together } from './together.ts';

/** A database whose answers wait until they are let go. */
function slowDatabase() {
  const sent: { readonly keys: readonly string[]; answer(): void; fail(error: Error): void }[] = [];
  const together = new Together<string>(
    (keys) =>
      new Promise((resolve, reject) => {
        sent.push({ keys, answer: () => resolve(new Map(keys.map((key) => [key, `row ${key}`]))), fail: reject });
      }),
  );
  return { sent, together };
}
const moment = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('questions asked together', () => {
  it('go out in one statement when they come at one moment, and each gets its own row', async () => {
    const { sent, together } = slowDatabase();
    const answers = Promise.all([together.one('a'), together.one('b'), together.one('a')]);
    await moment();
    expect(sent.map(({ keys }) => keys)).toEqual([['a', 'b']]);
    sent[0]?.answer();
    expect(await answers).toEqual(['row a', 'row b', 'row a']);
  });

  it('are never answered by a statement that was sent before they were asked', async () => {
    const { sent, together } = slowDatabase();
    const first = together.one('a');
    await moment();
    const second = together.one('a');
    await moment();
    const third = together.one('a');
    const fourth = together.one('b');
    await moment();
    // Two are under way, and the others wait for one of them to end.
    expect(sent.map(({ keys }) => keys)).toEqual([['a'], ['a']]);
    sent[0]?.answer();
    await first;
    await moment();
    expect(sent.map(({ keys }) => keys)).toEqual([['a'], ['a'], ['a', 'b']]);
    for (const { answer } of sent) answer();
    expect(await Promise.all([second, third, fourth])).toEqual(['row a', 'row a', 'row b']);
  });

  it('tell everybody of a failure, and go on', async () => {
    const { sent, together } = slowDatabase();
    const refused = Promise.allSettled([together.one('a'), together.one('b')]);
    await moment();
    sent[0]?.fail(new Error('away'));
    expect((await refused).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    const next = together.one('a');
    await moment();
    sent[1]?.answer();
    expect(await next).toBe('row a');
  });
});

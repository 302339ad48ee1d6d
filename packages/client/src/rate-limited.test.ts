import { fileEntry, parseDigest } from '@countersign/core';
import { afterEach, expect, it } from 'vitest';
import { freshKeys, GUN, home, initWith, NOON, pinnedTo } from '../test/home.ts';
import { closeMachines, machine } from '../test/machine.ts';

afterEach(closeMachines);

it('a publish that comes too often is no refusal of what it brings: the server is not to be had now, and nothing was published', async () => {
  const there = await home({ rates: { writesPerRepository: { perMinute: 1, burst: 2 } } });
  const here = await machine(there.url, NOON);
  const keys = freshKeys();
  const { pin } = await here.client().publish(GUN, initWith(keys), keys.all);
  here.believes = pinnedTo(pin);
  const digest = parseDigest(`sha256:${'7'.repeat(64)}`);
  const tag = (name: string) => {
    const entries = new Map([[name, fileEntry({ digest, length: 1 })]]);
    return here.client().publish(GUN, { kind: 'entries', entries }, keys.all);
  };
  await tag('v1');
  await expect(tag('v2')).rejects.toMatchObject({
    name: 'ServerError',
    code: 'unavailable',
    message: expect.stringMatching(/429 rate-limited: too many requests: try again in \d+ s/),
    details: { status: 429, code: 'rate-limited' },
  });
  expect((await (await here.client().refresh(GUN)).list()).map(({ path }) => path)).toEqual(['v1']);
  await there.close();
});

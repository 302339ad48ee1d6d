// A name that stands in two roles, the one behind of which takes several people: half a revocation must not bring up what was hidden.
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { Machine } from './testing/machine.ts';
import { type Town, town } from './testing/town.ts';

let place: Town;
let me: Machine;
const DIGEST = `sha256:${'ab'.repeat(32)}`;
const OLD = `sha256:${'cd'.repeat(32)}`;

async function done(machine: Machine, ...words: string[]) {
  const result = await machine.run(...words);
  expect(result.exit, `${words.join(' ')}\n${result.stdout}${result.stderr}`).toBe(0);
  return result;
}
const found = async () => (await done(me, 'list', place.gun)).stdout;

beforeEach(async () => {
  place = await town();
  me = place.publisher;
  const { gun } = place;
  await done(me, 'init', gun);
  for (const label of ['bob', 'ci']) await done(me, 'key', 'generate', '--label', label);
  await done(me, 'signer', 'add', 'bob', '--repo', gun, '--key', 'bob', '--team', 'releases');
  await done(me, 'sign', `${gun}:v1`, '--digest', OLD, '--length', '7', '--as', 'releases', '--key', 'bob');
  await done(me, 'signer', 'add', 'ci', '--repo', gun, '--key', 'ci', '--paths', 'v*', '--before', 'releases');
  await done(me, 'sign', `${gun}:v1`, '--digest', DIGEST, '--length', '7', '--as', 'ci');
});
afterEach(() => place.close());

it('the entry in front stays until the one behind is gone', async () => {
  const { gun } = place;
  await done(me, 'key', 'generate', '--label', 'carol');
  // Three must sign what stands behind from now on, and one of them is elsewhere.
  await done(me, 'signer', 'add', 'carol', '--repo', gun, '--key', 'carol', '--team', 'releases', '--threshold', '3');
  await done(me, 'key', 'remove', 'carol', '--yes');
  expect(await found()).toContain(DIGEST);
  const half = await me.run('revoke', `${gun}:v1`, '--output', 'json');
  expect([half.exit, half.json['code'], half.json['pending']], half.stdout).toEqual([12, 'missing-keys', true]);
  expect(half.json['message']).toContain('it waits in role releases');
  expect(await found()).toContain(DIGEST);
  expect(await found()).not.toContain(OLD);
});

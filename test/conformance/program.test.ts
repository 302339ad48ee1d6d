// The program that the official suite starts, under the time that its tests travel to.
import { execFile, spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { PlainRepository, plainTime } from '@countersign/testkit';
import { afterAll, describe, expect, it } from 'vitest';
import { closeStands, type Run, stand } from './stand.ts';

afterAll(closeStands);
const program = fileURLToPath(new URL('client', import.meta.url));
const runs = (command: string, args: readonly string[]): Promise<number> =>
  new Promise((resolve) => {
    execFile(command, args, { env: { ...process.env, TZ: 'UTC' } }, (error) => resolve(error === null ? 0 : Number(error.code)));
  });
const now = Date.now();
const inTime: Run = (args, at) =>
  at === now ? runs(program, args) : runs('faketime', [plainTime(at).replace('T', ' ').replace('Z', ''), program, ...args]);
const hasFaketime = spawnSync('faketime', ['--version']).error === undefined;

describe.skipIf(process.platform === 'win32')('the program', () => {
  it('keeps to the protocol: 0 for success and 1 for whatever else', async () => {
    const here = await stand(new PlainRepository(now), inTime);
    here.repository.addArtifact('targets', 'a file?#%.txt', 'content');
    here.repository.publish('targets', 'snapshot', 'timestamp');
    expect(await here.refresh()).toBe(1);
    expect(await here.init()).toBe(0);
    expect(await here.download('absent')).toBe(1);
    expect(await here.download('a file?#%.txt')).toBe(0);
    expect(await here.downloaded()).toEqual(['content']);
    expect(here.repository.fetched.map(([path]) => path)).toEqual(['a file?#%.txt']);
    for (const args of [[], ['sing'], ['--wrong', 'refresh'], ['refresh', 'more']]) expect(await runs(program, args)).toBe(1);
  });

  it.skipIf(!hasFaketime)('lives in the time of its machine (needs faketime)', async () => {
    const here = await stand(new PlainRepository(now), inTime);
    await here.init();
    here.repository.root.expires = here.repository.expiry(7);
    here.repository.publish('root');
    expect(await here.refresh()).toBe(0);
    expect(await here.refresh(8)).toBe(1);
  });
});

import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { noPostgres, startPostgres, type TestPostgres } from '@countersign/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { quick } from '../testing/quick.ts';
import { readAddress } from './address.ts';
import { Line } from './connection.ts';

let server: TestPostgres;
let line: Line;
beforeAll(async () => {
  if (noPostgres !== undefined) return;
  server = await startPostgres();
  line = await Line.open(readAddress(await server.freshUrl()), quick);
});
afterAll(async () => {
  await line?.discard();
  await server?.stop();
});

function collectGarbage(): void {
  setFlagsFromString('--expose-gc');
  runInNewContext('gc')();
}

describe.skipIf(noPostgres)('a connection that a server keeps for months', () => {
  it('keeps nothing of the answers that it gave', async () => {
    const answers: WeakRef<object>[] = [];
    for (let asked = 0; asked < 100; asked += 1) {
      answers.push(new WeakRef(await line.run(async () => ({ answer: await line.sql`select ${asked}::bigint as asked` }))));
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
    collectGarbage();
    // The last one may still be on the stack.
    expect(answers.filter((answer) => answer.deref() !== undefined).length).toBeLessThan(5);
  });

  it('tells everybody who waits when it ends, and whoever asks afterwards', async () => {
    const waiting = [line.run(async () => await line.sql`select pg_sleep(30)`), line.run(() => new Promise(() => undefined))];
    const told = Promise.allSettled(waiting);
    await line.discard();
    const given = { status: 'rejected', reason: expect.objectContaining({ message: expect.stringContaining('was given up') }) };
    expect(await told).toEqual([given, given]);
    await expect(line.run(async () => 1)).rejects.toThrow('was given up');
    expect(line.isLost).toBe(true);
  });
});

// Row 4, fast-forward, by way of the record: a timestamp names the newest publish record, and that number never falls. A stolen server that
// has it leap to its end would leave no place for anything that is published later, and no administrator could give it back.
import { RELEASES, TARGETS } from '@countersign/core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { ADMINISTRATOR, ask, SignerLab, StolenServer, wanted } from '../lab/stolen-server.ts';
import { image } from './victims/story.ts';

let lab: SignerLab;
let server: StolenServer;
beforeAll(async () => {
  lab = await SignerLab.start();
  server = await StolenServer.begin(lab);
});
afterAll(() => lab.stop());

const record = (seq: number) => ({ seq, hash: seq.toString(16).padStart(64, '0') });

async function naming(seq: number): Promise<Uint8Array> {
  const bent = server.repository.fork();
  bent.record = record(seq);
  return await wanted(server, 'timestamp', bent);
}

it.each([Number.MAX_SAFE_INTEGER, 1000, 3])('a signer refuses a first record that is number %i', async (seq) => {
  await server.refused({ role: 'timestamp', payload: await naming(seq) }, 'wrong-version');
});

it('a signer takes the record of each publish, and one deletion before it', async () => {
  for (const seq of [1, 2, 4]) {
    server.repository.record = record(seq);
    await server.repository.publish({ [`v${seq}`]: image(`v${seq}`).entry });
  }
});

it.each([Number.MAX_SAFE_INTEGER, 1000, 7])('a signer refuses to leap to record %i', async (seq) => {
  await server.refused({ role: 'timestamp', payload: await naming(seq) }, 'wrong-version');
});

it('an administrator gives back what a stolen server took of the numbers, and a thief gets no more of them meanwhile', async () => {
  server.repository.record = record(6);
  await server.repository.timestamp();
  await server.refused({ role: 'timestamp', payload: await naming(5) }, 'rollback');
  const { gun } = server.repository;
  expect(await ask(lab.url, '/v1/repositories/release', { gun, dialect: 'tuf' }, ADMINISTRATOR)).toMatchObject({ status: 200 });
  await server.refused({ role: 'timestamp', payload: await naming(Number.MAX_SAFE_INTEGER) }, 'wrong-version');
  await server.refused({ role: 'timestamp', payload: await naming(5) }, 'rollback');
  // The name begins anew with everything, and its store counts from where it is.
  await server.repository.rotate(new Map());
  await server.repository.next('targets', TARGETS, {});
  await server.repository.next('targets', RELEASES, {});
  server.repository.record = record(5);
  await server.repository.advance();
});

// A repository that a signer took over belongs to its name like one that was published through it. A stolen server that publishes a name of
// its own with that repository's id would have every later root of the true owner refused, as that of somebody else.
import { encodeBase64 } from '@countersign/core';
import { freshKeys, Simulator, simulate } from '@countersign/testkit';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { ADMINISTRATOR, ask, SignerLab, StolenServer } from '../lab/stolen-server.ts';

const ID = 'ab'.repeat(16);

let lab: SignerLab;
beforeAll(async () => {
  lab = await SignerLab.start();
});
afterAll(() => lab.stop());

it('the id of a repository that was taken over is published under no other name', async () => {
  const repository = new Simulator({ keys: freshKeys(), now: lab.now, repository: ID });
  await simulate({}, repository);
  const files = Object.fromEntries([...repository.newest].map(([role, { bytes }]) => [role, encodeBase64(bytes)]));
  const adopted = await ask(lab.url, '/v1/repositories/adopt', { gun: repository.gun, dialect: 'tuf', files }, ADMINISTRATOR);
  expect(adopted).toMatchObject({ status: 200 });
  const other = StolenServer.begin(lab, { gun: 'registry.example.com/thief/app', repository: ID });
  await expect(other).rejects.toThrow('"because":"foreign-metadata"');
});

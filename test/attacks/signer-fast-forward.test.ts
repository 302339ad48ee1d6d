// Row 4, fast-forward: one signature with a version near the end of the numbers, and nobody can ever sign for this repository again.
import { RELEASES } from '@countersign/core';
import { withMember } from '@countersign/testkit';
import { afterAll, beforeAll, describe, it } from 'vitest';
import { SignerLab, StolenServer, wanted } from '../lab/stolen-server.ts';

let lab: SignerLab;
let server: StolenServer;
beforeAll(async () => {
  lab = await SignerLab.start();
  server = await StolenServer.begin(lab);
});
afterAll(() => lab.stop());

const FAR = [Number.MAX_SAFE_INTEGER, 2 ** 31 - 1, 100_000];

describe('a signer refuses to leap', () => {
  it.each([...FAR, 1000])('to timestamp v%i', async (version) => {
    const payload = await wanted(server, 'timestamp', server.repository.fork(), withMember(['version'], version));
    await server.refused({ role: 'timestamp', payload }, 'wrong-version');
  });

  it.each([...FAR, 3])('to snapshot v%i', async (version) => {
    const bent = server.repository.fork();
    await bent.next('targets', RELEASES, {});
    const evidence = server.evidence(bent.newest);
    const payload = await wanted(server, 'snapshot', bent, withMember(['version'], version));
    await server.refused({ role: 'snapshot', payload, ...evidence }, 'wrong-version');
  });

  it.each(FAR)('to a delegated role of v%i, which its own publisher signed', async (version) => {
    const bent = server.repository.fork();
    await bent.next('targets', RELEASES, {}, { bend: withMember(['version'], version) });
    const evidence = server.evidence(bent.newest);
    await server.refused({ role: 'snapshot', payload: await wanted(server, 'snapshot', bent), ...evidence }, 'unaccepted-upload');
  });
});

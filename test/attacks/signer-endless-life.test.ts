// A signature that never runs out: with a timestamp of ten years, a thief needs the signer once and readers are frozen for a decade.
import { expiringAt } from '@countersign/testkit';
import { afterAll, beforeAll, describe, it } from 'vitest';
import { SignerLab, StolenServer, wanted } from '../lab/stolen-server.ts';

let lab: SignerLab;
let server: StolenServer;
beforeAll(async () => {
  lab = await SignerLab.start();
  server = await StolenServer.begin(lab);
});
afterAll(() => lab.stop());

const DAY = 86_400_000;

describe.each(['timestamp', 'snapshot'] as const)('a signer refuses a %s', (role) => {
  it.each([
    ['of ten years', 3650 * DAY],
    ['of a day more than such files live', (role === 'timestamp' ? 4 : 15) * DAY],
    ['that has run out already', -1000],
    ['that runs out now', 0],
  ])('%s', async (_, life) => {
    const payload = await wanted(server, role, server.repository.fork(), expiringAt(lab.now + life));
    await server.refused({ role, payload, standing: server.evidence().standing }, 'expiry-bounds');
  });
});

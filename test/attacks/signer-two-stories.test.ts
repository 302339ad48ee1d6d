// A stolen server wants two histories: a place in the publish record that says one thing to some readers and another to others.
import { afterAll, beforeAll, describe, it } from 'vitest';
import { SignerLab, StolenServer, wanted } from '../lab/stolen-server.ts';

let lab: SignerLab;
let server: StolenServer;
beforeAll(async () => {
  lab = await SignerLab.start();
  server = await StolenServer.begin(lab);
  server.repository.record = { seq: 2, hash: 'a'.repeat(64) };
  await server.repository.timestamp();
});
afterAll(() => lab.stop());

describe('a signer refuses a timestamp', () => {
  it.each([
    ['that says otherwise of a record than the one before', { seq: 2, hash: 'b'.repeat(64) }, 'equivocation'],
    ['that goes back in the record', { seq: 1, hash: 'a'.repeat(64) }, 'rollback'],
    ['that names no record any more', undefined, 'rollback'],
  ])('%s', async (_, record, code) => {
    const bent = server.repository.fork();
    bent.record = record;
    await server.refused({ role: 'timestamp', payload: await wanted(server, 'timestamp', bent) }, code);
  });
});

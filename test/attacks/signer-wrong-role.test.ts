// The keys of the signer sign two roles. A stolen server tries them on the others, and one on the other's files.
import { RELEASES, TARGETS } from '@countersign/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SignerLab, StolenServer, wanted } from '../lab/stolen-server.ts';

let lab: SignerLab;
let server: StolenServer;
beforeAll(async () => {
  lab = await SignerLab.start();
  server = await StolenServer.begin(lab);
});
afterAll(() => lab.stop());

describe('a signer refuses', () => {
  it.each(['root', 'targets', 'releases', 'Timestamp', 'constructor', ''])('the role %j', async (role) => {
    const payload = await wanted(server, 'timestamp', server.repository.fork());
    const before = lab.lines.length;
    const { body } = await server.wish({ role, payload });
    expectRefused(body, before);
  });

  it('targets under the key of a snapshot or a timestamp', async () => {
    for (const name of [TARGETS, RELEASES]) {
      const payload = server.repository.current('targets', name).signedBytes;
      for (const role of ['snapshot', 'timestamp']) await server.refused({ role, payload }, 'wrong-role');
    }
  });

  it('a snapshot under the key of a timestamp, and the other way round', async () => {
    await server.refused({ role: 'timestamp', payload: await wanted(server, 'snapshot', server.repository.fork()) }, 'wrong-role');
    await server.refused({ role: 'snapshot', payload: await wanted(server, 'timestamp', server.repository.fork()) }, 'wrong-role');
  });

  it('bytes that read as a timestamp and are spelled otherwise', async () => {
    const payload = await wanted(server, 'timestamp', server.repository.fork());
    const spaced = Buffer.from(` ${Buffer.from(payload).toString()}`);
    await server.refused({ role: 'timestamp', payload: spaced }, 'malformed');
    await server.refused({ role: 'timestamp', payload: Buffer.from('anything at all') }, 'malformed');
    await server.refused({ role: 'timestamp', payload: new Uint8Array() }, 'malformed');
  });

  it('a timestamp of the other dialect', async () => {
    const payload = await wanted(server, 'timestamp', server.repository.fork());
    await server.refused({ role: 'timestamp', payload, dialect: 'notary' }, 'malformed');
  });
});

function expectRefused(body: Readonly<Record<string, unknown>>, before: number): void {
  expect(body).toMatchObject({ code: 'wrong-role' });
  expect(lab.lines.slice(before)).toMatchObject([{ msg: 'refused', caller: 'CN=trust-1', code: 'wrong-role' }]);
}

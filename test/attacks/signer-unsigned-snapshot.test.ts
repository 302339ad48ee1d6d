// A timestamp is what readers believe first: one for a snapshot that never passed the signer would undo everything that it refused.
import { RELEASES, SNAPSHOT } from '@countersign/core';
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

describe('a signer refuses a timestamp', () => {
  it('for a snapshot that it never signed', async () => {
    const bent = server.repository.fork();
    await bent.next('targets', RELEASES, {});
    await wanted(server, 'snapshot', bent);
    await server.refused({ role: 'timestamp', payload: await wanted(server, 'timestamp', bent) }, 'unknown-snapshot');
  });

  it.each(['length', 'version'])('for another %s of the snapshot that stands', async (member) => {
    const payload = await wanted(server, 'timestamp', server.repository.fork(), withMember(['meta', 'snapshot.json', member], 7));
    await server.refused({ role: 'timestamp', payload }, 'unknown-snapshot');
  });

  it('that names a second file', async () => {
    const payload = await wanted(
      server,
      'timestamp',
      server.repository.fork(),
      withMember(['meta', 'other.json'], new Map([['version', 1]])),
    );
    await server.refused({ role: 'timestamp', payload }, 'not-derived');
  });

  it('for a repository of which it signed nothing', async () => {
    const payload = await wanted(server, 'timestamp', server.repository.fork(), withMember(['version'], 1));
    await server.refused({ role: 'timestamp', payload, gun: 'registry.example.com/other/app' }, 'unknown-snapshot');
  });

  it('of a publisher who holds the snapshot key, where none does', async () => {
    const bent = server.repository.fork();
    await bent.next('targets', RELEASES, {});
    const { upload, standing } = server.evidence(bent.newest);
    await wanted(server, 'snapshot', bent);
    const own = bent.newest.get(SNAPSHOT);
    if (own === undefined) throw new Error('there is no snapshot');
    const more = [...upload, ['snapshot', own.bytes] as const];
    const payload = await wanted(server, 'timestamp', bent);
    await server.refused({ role: 'timestamp', payload, upload: more, standing }, 'unaccepted-upload');
    await server.refused({ role: 'timestamp', payload, upload, standing }, 'unknown-snapshot');
  });
});

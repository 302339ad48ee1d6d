// Row 8, rollback: the newest numbers over old content, a role that goes missing, or an old snapshot called current again.
import { RELEASES, SNAPSHOT } from '@countersign/core';
import { losingRole, type Simulator, withMember } from '@countersign/testkit';
import { afterAll, beforeAll, describe, it } from 'vitest';
import { SignerLab, StolenServer, wanted } from '../lab/stolen-server.ts';
import { image } from './victims/story.ts';

let lab: SignerLab;
let server: StolenServer;
let before: Simulator;
beforeAll(async () => {
  lab = await SignerLab.start();
  server = await StolenServer.begin(lab);
  await server.repository.publish({ v1: image('v1').entry });
  before = server.repository.fork();
  await server.repository.publish({ v2: image('v2').entry });
});
afterAll(() => lab.stop());

describe('a signer refuses', () => {
  it('a snapshot that lost a role', async () => {
    const bent = server.repository.fork();
    const payload = await wanted(server, 'snapshot', bent, losingRole('releases'));
    await server.refused({ role: 'snapshot', payload, standing: server.evidence().standing }, 'not-derived');
  });

  it('a snapshot in which a role goes back', async () => {
    const payload = await wanted(server, 'snapshot', server.repository.fork(), withMember(['meta', 'releases.json', 'version'], 2));
    await server.refused({ role: 'snapshot', payload, standing: server.evidence().standing }, 'not-derived');
  });

  it('a snapshot for an upload of an old file', async () => {
    const bent = server.repository.fork();
    const old = before.newest.get(RELEASES);
    if (old === undefined) throw new Error('there is no releases');
    bent.newest.set(RELEASES, old);
    const evidence = server.evidence(bent.newest);
    await server.refused({ role: 'snapshot', payload: await wanted(server, 'snapshot', bent), ...evidence }, 'unaccepted-upload');
  });

  it('a new timestamp for an old snapshot', async () => {
    const bent = server.repository.fork();
    const old = before.newest.get(SNAPSHOT);
    if (old === undefined) throw new Error('there is no snapshot');
    bent.newest.set(SNAPSHOT, old);
    await server.refused({ role: 'timestamp', payload: await wanted(server, 'timestamp', bent) }, 'unknown-snapshot');
  });
});

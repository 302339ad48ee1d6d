// Row 7, mix-and-match: files that were each signed properly, and never stood beside each other.
import { RELEASES, TARGETS } from '@countersign/core';
import { generateSigner } from '@countersign/signers';
import { withMember } from '@countersign/testkit';
import { afterAll, beforeAll, describe, it } from 'vitest';
import { SignerLab, StolenServer, wanted } from '../lab/stolen-server.ts';
import { image } from './victims/story.ts';

let lab: SignerLab;
let server: StolenServer;
beforeAll(async () => {
  lab = await SignerLab.start();
  server = await StolenServer.begin(lab);
  await server.repository.publish({ v1: image('v1').entry });
});
afterAll(() => lab.stop());

describe('a signer refuses a snapshot', () => {
  it('of a role and the file of another publish that was never acknowledged', async () => {
    const lost = server.repository.fork();
    await lost.next('targets', RELEASES, { targets: new Map() });
    await server.repository.publish({ v2: image('v2').entry });
    const bent = server.repository.fork();
    const never = lost.newest.get(RELEASES);
    if (never === undefined) throw new Error('there is no releases');
    bent.newest.set(RELEASES, never);
    const payload = await wanted(server, 'snapshot', bent);
    await server.refused({ role: 'snapshot', payload, ...server.evidence(bent.newest) }, 'unaccepted-upload');
  });

  it('of a delegated role by keys that only an older delegation named', async () => {
    const former = server.repository.signersOf('releases');
    const { repository } = server;
    repository.keys.set('releases', [generateSigner('ed25519')]);
    const bent = repository.fork();
    const delegations = bent.current('targets', TARGETS).signed.get('delegations');
    if (!(delegations instanceof Map)) throw new Error('there are no delegations');
    const [role] = delegations.get('roles');
    const [next] = repository.signersOf('releases');
    if (next === undefined) throw new Error('nobody signs releases');
    const changed = new Map([
      ...delegations,
      ['keys', new Map([[next.key.keyid, next.key.object]])],
      ['roles', [new Map([...role, ['keyids', [next.key.keyid]]])]],
    ]);
    await bent.next('targets', TARGETS, { delegations: changed });
    await bent.next('targets', RELEASES, {}, { signers: former });
    const evidence = server.evidence(bent.newest);
    await server.refused({ role: 'snapshot', payload: await wanted(server, 'snapshot', bent), ...evidence }, 'unaccepted-upload');
    repository.keys.set('releases', former);
  });

  it('that takes one role from the publish and leaves the other behind', async () => {
    const bent = server.repository.fork();
    await bent.next('targets', TARGETS, {});
    await bent.next('targets', RELEASES, {});
    const evidence = server.evidence(bent.newest);
    const payload = await wanted(server, 'snapshot', bent, withMember(['meta', 'targets.json', 'version'], 1));
    await server.refused({ role: 'snapshot', payload, ...evidence }, 'not-derived');
  });
});

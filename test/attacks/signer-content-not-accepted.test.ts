// S3: a trust server that was taken over has its signer asked for content that no publisher signed. All of it verifies for every client
// once a snapshot names it, but for the signature that is refused here.
import { RELEASES, ROOT, SNAPSHOT, TARGETS } from '@countersign/core';
import { generateSigner } from '@countersign/signers';
import { freshKeys, simulate, withMember } from '@countersign/testkit';
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

const attacker = generateSigner('ed25519');

describe('a signer refuses a snapshot', () => {
  it('of a delegated role that the attacker signed', async () => {
    const bent = server.repository.fork();
    await bent.next('targets', RELEASES, { targets: new Map() }, { signers: [attacker] });
    const evidence = server.evidence(bent.newest);
    await server.refused({ role: 'snapshot', payload: await wanted(server, 'snapshot', bent), ...evidence }, 'unaccepted-upload');
  });

  it('of top-level targets that the attacker signed', async () => {
    const bent = server.repository.fork();
    await bent.next('targets', TARGETS, {}, { signers: [attacker] });
    const evidence = server.evidence(bent.newest);
    await server.refused({ role: 'snapshot', payload: await wanted(server, 'snapshot', bent), ...evidence }, 'unaccepted-upload');
  });

  it('under a root that does not follow from the one it knows', async () => {
    const bent = server.repository.fork();
    await bent.rotate(new Map([['root', [attacker]]]), { signers: [attacker] });
    const evidence = server.evidence(bent.newest);
    await server.refused({ role: 'snapshot', payload: await wanted(server, 'snapshot', bent), ...evidence }, 'unaccepted-upload');
  });

  it('of a whole repository of the attacker, under the name that it knows', async () => {
    const keys = freshKeys();
    for (const role of ['timestamp', 'snapshot'])
      keys.set(
        role,
        server.repository.signersOf(role).map(({ key }) => ({ key, sign: async () => new Uint8Array(64) })),
      );
    const bent = await simulate({ keys, now: lab.now });
    const upload = [...bent.newest]
      .filter(([role]) => role !== 'snapshot' && role !== 'timestamp')
      .map(([role, { bytes }]) => [role, bytes] as const);
    const next = (server.repository.newest.get(SNAPSHOT)?.version ?? 0) + 1;
    const payload = await wanted(server, 'snapshot', bent, withMember(['version'], next));
    await server.refused({ role: 'snapshot', payload, upload, standing: server.evidence().standing }, 'unaccepted-upload');
  });

  it('with a role that nobody delegated to', async () => {
    const bent = server.repository.fork();
    await bent.next('targets', RELEASES, {});
    const evidence = server.evidence(bent.newest);
    const more = { version: 1, length: 10, hashes: new Map([['sha256', '0'.repeat(64)]]) };
    const payload = await wanted(server, 'snapshot', bent, withMember(['meta', 'team.json'], new Map(Object.entries(more))));
    await server.refused({ role: 'snapshot', payload, ...evidence }, 'not-derived');
  });

  it('whose entry is not the file that was shown', async () => {
    const bent = server.repository.fork();
    await bent.next('targets', RELEASES, {});
    const evidence = server.evidence(bent.newest);
    const payload = await wanted(server, 'snapshot', bent, withMember(['meta', 'releases.json', 'hashes', 'sha256'], 'f'.repeat(64)));
    await server.refused({ role: 'snapshot', payload, ...evidence }, 'not-derived');
  });

  it('with a member that nobody asked for', async () => {
    const bent = server.repository.fork();
    await bent.next('targets', RELEASES, {});
    const evidence = server.evidence(bent.newest);
    const payload = await wanted(server, 'snapshot', bent, withMember(['note'], 'anything'));
    await server.refused({ role: 'snapshot', payload, ...evidence }, 'not-derived');
  });

  it('for which nothing is shown', async () => {
    const bent = server.repository.fork();
    await bent.next('targets', RELEASES, {});
    await server.refused({ role: 'snapshot', payload: await wanted(server, 'snapshot', bent) }, 'missing-evidence');
  });

  it('beside a root, shown as the one that stands, that is another', async () => {
    const bent = server.repository.fork();
    await bent.next('targets', RELEASES, {}, { signers: [attacker] });
    const evidence = server.evidence(bent.newest);
    await bent.rotate(new Map([['targets', [attacker]]]), { signers: [attacker] });
    const other = bent.newest.get(ROOT)?.bytes ?? new Uint8Array();
    const standing = [...evidence.standing].map(([role, bytes]) => [role, role === ROOT ? other : bytes] as const);
    await server.refused(
      { role: 'snapshot', payload: await wanted(server, 'snapshot', bent), upload: evidence.upload, standing },
      'missing-evidence',
    );
  });
});

it('a signer goes on signing what publishers signed', async () => {
  await server.repository.publish({ v2: image('v2').entry });
});

// S6: somebody restores an old backup of the trust server's database, or a stolen server says so. What it asks for then was signed before
// with other content, and the signer's memory is not in that backup.
import { RELEASES } from '@countersign/core';
import type { Simulator } from '@countersign/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { payloadOf, SignerLab, StolenServer, wanted } from '../lab/stolen-server.ts';
import { image } from './victims/story.ts';

let lab: SignerLab;
let server: StolenServer;
let backup: { repository: Simulator; accepted: StolenServer['accepted'] };
beforeAll(async () => {
  lab = await SignerLab.start();
  server = await StolenServer.begin(lab);
  await server.repository.publish({ v1: image('v1').entry });
  backup = { repository: server.repository.fork(), accepted: server.accepted };
  await server.repository.publish({ v2: image('v2').entry });
  await server.repository.publish({ v3: image('v3').entry });
});
afterAll(() => lab.stop());

describe.each(['while it runs', 'after a restart'])('a signer refuses %s', (when) => {
  beforeAll(async () => {
    if (when === 'after a restart') await lab.restart();
  });

  it('a snapshot lower than the one it signed', async () => {
    const bent = backup.repository.fork();
    await bent.next('targets', RELEASES, {});
    await server.refused(
      { role: 'snapshot', payload: await wanted(server, 'snapshot', bent), ...server.evidence(bent.newest) },
      'rollback',
    );
  });

  it('a timestamp lower than the one it signed', async () => {
    await server.refused({ role: 'timestamp', payload: await wanted(server, 'timestamp', backup.repository.fork()) }, 'rollback');
  });

  it('other content under the versions that it signed last', async () => {
    lab.now += 60_000;
    const last = server.repository.fork();
    const [snapshot, timestamp] = ['snapshot', 'timestamp'].map((role) => last.newest.get(role as never)?.version);
    const bent = backup.repository.fork();
    await bent.next('targets', RELEASES, {});
    await wanted(server, 'snapshot', bent);
    await bent.next('targets', RELEASES, {});
    const payload = await wanted(server, 'snapshot', bent);
    expect(JSON.parse(Buffer.from(payload).toString()).version).toBe(snapshot);
    await server.refused({ role: 'snapshot', payload, ...server.evidence(bent.newest) }, 'equivocation');
    bent.newest.set('timestamp' as never, { ...backupTimestamp(), version: (timestamp ?? 0) - 1 } as never);
    await server.refused({ role: 'timestamp', payload: await wanted(server, 'timestamp', bent) }, 'equivocation');
  });

  it('a version above all of them that is based on the old files', async () => {
    const bent = server.repository.fork();
    for (const [role, sealed] of backup.repository.newest) if (role === RELEASES) bent.newest.set(role, sealed);
    const payload = await wanted(server, 'snapshot', bent);
    await server.refused({ role: 'snapshot', payload, ...server.evidence(bent.newest) }, 'unaccepted-upload');
    await server.refused({ role: 'snapshot', payload, standing: server.evidence().standing }, 'not-derived');
  });
});

const backupTimestamp = () => backup.repository.newest.get('timestamp' as never);

it('a signer answers again, with the same signature, whoever lost the answer', async () => {
  const { repository } = server;
  const payload = payloadOf('timestamp', repository.newest.get('timestamp' as never), repository);
  const [one, two] = [await server.wish({ role: 'timestamp', payload }), await server.wish({ role: 'timestamp', payload })];
  expect(one).toMatchObject({ status: 200, body: { again: true } });
  expect(two.body['signature']).toBe(one.body['signature']);
});

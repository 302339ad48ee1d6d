// One signer serves many repositories. A stolen server asks with the key of one for what belongs to another.
import { RELEASES } from '@countersign/core';
import { freshKeys, withMember } from '@countersign/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { keyOf, SignerLab, StolenServer, wanted } from '../lab/stolen-server.ts';
import { image } from './victims/story.ts';

let lab: SignerLab;
let mine: StolenServer;
let theirs: StolenServer;
beforeAll(async () => {
  lab = await SignerLab.start();
  // The same people publish to both.
  const keys = freshKeys();
  mine = await StolenServer.begin(lab, { keys });
  theirs = await StolenServer.begin(lab, { keys, gun: 'registry.example.com/team/web', repository: 'f'.repeat(32) });
  await theirs.repository.publish({ v1: image('v1').entry });
});
afterAll(() => lab.stop());

describe('a signer', () => {
  it('has another key for every repository and role', async () => {
    const keys = await Promise.all(
      [mine, theirs].flatMap(({ repository }) => ['timestamp', 'snapshot'].map((role) => keyOf(lab, repository.gun, role, 'create'))),
    );
    expect(new Set(keys.map(({ fingerprint }) => fingerprint)).size).toBe(4);
  });

  it('refuses a timestamp of another repository', async () => {
    const payload = await wanted(theirs, 'timestamp', theirs.repository.fork(), withMember(['version'], 2));
    await mine.refused({ role: 'timestamp', payload }, 'wrong-repository');
  });

  it('refuses a snapshot of another repository', async () => {
    const bent = mine.repository.fork();
    await bent.next('targets', RELEASES, {});
    const evidence = mine.evidence(bent.newest);
    const payload = await wanted(mine, 'snapshot', bent);
    await theirs.refused({ role: 'snapshot', payload, ...evidence }, 'equivocation');
    await mine.refused(
      { role: 'snapshot', payload, upload: theirs.evidence(bent.newest).upload, standing: theirs.evidence().standing },
      'missing-evidence',
    );
  });

  it('refuses a file that the same people signed for their other repository', async () => {
    const file = theirs.repository.newest.get(RELEASES);
    if (file === undefined) throw new Error('there is no releases');
    const bent = mine.repository.fork();
    bent.newest.set(RELEASES, file);
    const evidence = mine.evidence(bent.newest);
    await mine.refused({ role: 'snapshot', payload: await wanted(mine, 'snapshot', bent), ...evidence }, 'unaccepted-upload');
  });
});

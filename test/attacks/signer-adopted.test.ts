// A repository that is older than its signer is shown to it once, as it stands. Whoever shows it decides what the signer holds everything
// later to: a stolen server would show an older set, or one with a file of its own.
import { decodeBase64, encodeBase64, RELEASES, ROOT, type Sealed, type Signer, SNAPSHOT, TARGETS, TIMESTAMP } from '@countersign/core';
import { generateSigner } from '@countersign/signers';
import { freshKeys, Simulator, simulate } from '@countersign/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ADMINISTRATOR, ask, keyOf, type Reply, SignerLab, TRUST_SERVER } from '../lab/stolen-server.ts';
import { image } from './victims/story.ts';

let lab: SignerLab;
let repository: Simulator;
beforeAll(async () => {
  lab = await SignerLab.start();
  repository = new Simulator({ keys: freshKeys(), now: lab.now });
  await simulate({}, repository);
  await repository.publish({ v1: image('v1').entry });
});
afterAll(() => lab.stop());

const encoded = (files: Iterable<readonly [string, { readonly bytes: Uint8Array }]>) =>
  Object.fromEntries([...files].map(([role, { bytes }]) => [role, encodeBase64(bytes)]));
const adopt = (files: Simulator['newest'], by = ADMINISTRATOR): Promise<Reply> =>
  ask(lab.url, '/v1/repositories/adopt', { gun: repository.gun, dialect: 'tuf', files: encoded(files) }, by);

describe('a signer does not take over', () => {
  it('what a trust server shows it', async () => {
    expect(await adopt(repository.newest, TRUST_SERVER)).toMatchObject({ status: 403, body: { code: 'forbidden' } });
  });

  it.each([ROOT, TARGETS, RELEASES, SNAPSHOT, TIMESTAMP])('a set without its %s', async (role) => {
    const files = new Map(repository.newest);
    files.delete(role);
    expect(await adopt(files)).toMatchObject({ status: 422, body: { code: 'missing-evidence' } });
  });

  it.each([TARGETS, RELEASES] as const)('a set in which somebody else signed %s', async (role) => {
    const bent = repository.fork();
    await bent.next('targets', role, {}, { signers: [generateSigner('ed25519')] });
    await bent.advance();
    expect(await adopt(bent.newest)).toMatchObject({ status: 422, body: { code: 'unaccepted-upload', details: { because: 'signature' } } });
  });

  it('a set with a file from another publish', async () => {
    const bent = repository.fork();
    await bent.next('targets', RELEASES, {});
    expect(await adopt(bent.newest)).toMatchObject({ status: 422, body: { code: 'unaccepted-upload', details: { because: 'mismatch' } } });
  });

  it('a set with a file that nothing leads to', async () => {
    const [stray] = repository.newest.values();
    const files = new Map([...repository.newest, ['stray' as typeof RELEASES, stray as Sealed] as const]);
    expect(await adopt(files)).toMatchObject({ status: 422, body: { code: 'unaccepted-upload' } });
  });

  it('a set under a name that its root does not speak for', async () => {
    const body = { gun: 'registry.example.com/team/other', dialect: 'tuf', files: encoded(repository.newest) };
    expect(await ask(lab.url, '/v1/repositories/adopt', body, ADMINISTRATOR)).toMatchObject({ body: { code: 'wrong-repository' } });
  });
});

describe('a signer that took over what stands', () => {
  let accepted: Simulator['newest'];
  beforeAll(async () => {
    expect(await adopt(repository.newest)).toMatchObject({ status: 200 });
    accepted = new Map(repository.newest);
  });

  const remote = async (role: 'timestamp' | 'snapshot'): Promise<Signer> => ({
    key: await keyOf(lab, repository.gun, role, 'create'),
    sign: async (message) => {
      const fresh = [...repository.newest].filter(
        ([name, { digest }]) => name !== SNAPSHOT && name !== TIMESTAMP && accepted.get(name)?.digest !== digest,
      );
      const evidence = role === 'snapshot' ? { upload: encoded(fresh), standing: encoded(accepted) } : { upload: {}, standing: {} };
      const asked = { gun: repository.gun, dialect: 'tuf', role, generation: 1, payload: encodeBase64(message), evidence };
      const { body } = await ask(lab.url, '/v1/sign', asked);
      if (typeof body['signature'] !== 'string') throw new Error(String(body['code']));
      if (role === 'timestamp') accepted = new Map(repository.newest);
      return decodeBase64(body['signature']);
    },
  });

  it('takes over no second set', async () => {
    expect(await adopt(repository.newest)).toMatchObject({ body: { code: 'equivocation' } });
  });

  it('signs nothing before a root names its keys, and goes on counting then', async () => {
    const [timestamp, snapshot] = [await remote('timestamp'), await remote('snapshot')];
    await expect(repository.fork().timestamp({ signers: [timestamp] })).rejects.toThrowError('wrong-key');
    await repository.rotate(
      new Map([
        ['timestamp', [timestamp]],
        ['snapshot', [snapshot]],
      ]),
    );
    await repository.advance();
    expect(repository.newest.get(SNAPSHOT)?.version).toBe(3);
    expect(repository.newest.get(TIMESTAMP)?.version).toBe(3);
  });
});

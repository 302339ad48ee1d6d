import {
  draftEntries,
  draftFirstTargets,
  draftNextRoot,
  expiryAfter,
  fileEntry,
  parseDigest,
  parseOwnRoleName,
  parseVersion,
  RELEASES,
  ROOT,
  type Signer,
  tuf,
} from '@countersign/core';
import { generateSigner } from '@countersign/signers';
import { afterEach, describe, expect, it } from 'vitest';
import { type Answer, ask } from './testing/ask.ts';
import { refreshed } from './testing/client.ts';
import { closeLaboratories, DAY, HOUR, type Laboratory, laboratory } from './testing/laboratory.ts';
import { newPublisher, type Publisher } from './testing/publisher.ts';

afterEach(closeLaboratories);

const YEAR = 365 * DAY;
const alice = generateSigner('ed25519');
const bob = generateSigner('ecdsa-p256');
const stranger = generateSigner('ed25519');

const at = (lab: Laboratory, { gun }: Publisher, rest = ''): string => `${lab.url}/_countersign/v1/repositories/${gun}/pending${rest}`;
const put = (lab: Laboratory, owner: Publisher, role: string, body: Uint8Array): Promise<Answer> =>
  ask(at(lab, owner, `/${role}`), { method: 'PUT', body });
const read = async (answer: Promise<Answer>): Promise<unknown> => JSON.parse((await answer).body.toString());

/** A repository that stands, and somebody who owns it. */
async function begun(kind: 'memory' | 'level'): Promise<{ readonly lab: Laboratory; readonly owner: Publisher }> {
  const lab = await laboratory(kind);
  const owner = newPublisher(lab, lab);
  await owner.post(await owner.first());
  return { lab, owner };
}

/** A root that asks for two of three keys, signed by these. */
async function nextRoot(owner: Publisher, ...signers: readonly Signer[]): Promise<Uint8Array> {
  const before = tuf.parse('root', ROOT, (await owner.get('1.root.json')).body, owner.env);
  const keys = [owner.root.key, alice.key, bob.key];
  return owner.sign(draftNextRoot(before, { root: { keys, threshold: 2 } }, expiryAfter(owner.env.now, YEAR), owner.env), ...signers);
}

async function nextReleases(owner: Publisher, tag: string, ...signers: readonly Signer[]): Promise<Uint8Array> {
  const before = tuf.parse('targets', RELEASES, (await owner.get('releases.json')).body, owner.env);
  const entry = fileEntry({ digest: parseDigest(`sha256:${'cd'.repeat(32)}`), length: 9 });
  return owner.sign(draftEntries(before, new Map([[tag, entry]]), expiryAfter(owner.env.now, YEAR), owner.env), ...signers);
}

async function firstOf(owner: Publisher, role: string, signer: Signer): Promise<Uint8Array> {
  const { binding } = tuf.parse('root', ROOT, (await owner.get('1.root.json')).body, owner.env).content;
  if (binding === undefined) throw new Error('the root is not bound');
  const facts = { version: parseVersion(1, 'version'), expires: expiryAfter(owner.env.now, YEAR), binding, delegations: [] };
  return owner.sign(draftFirstTargets({ name: parseOwnRoleName(role), ...facts }, owner.env), signer);
}

const signersIn = (owner: Publisher, file: Uint8Array): readonly string[] =>
  tuf.parse('root', ROOT, file, owner.env).signatures.map(({ keyid }) => keyid);

describe.each(['memory', 'level'] as const)('on a store in %s, a draft', (kind) => {
  it('collects signatures of keys of its role until it can be published, and is gone then', async () => {
    const { lab, owner } = await begun(kind);
    expect((await put(lab, owner, 'root', await nextRoot(owner, owner.root))).status).toBe(200);
    const second = await read(put(lab, owner, 'root', await nextRoot(owner, alice, stranger)));
    expect(second).toMatchObject({ schema: 1, role: 'root', version: 2, signers: [owner.root.key.fingerprint, alice.key.fingerprint] });
    expect(await read(ask(at(lab, owner)))).toMatchObject({ pending: [{ role: 'root', version: 2, since: '2030-01-31T12:00:00Z' }] });
    const { body } = await ask(at(lab, owner, '/root'));
    expect(signersIn(owner, body)).toEqual([owner.root.key.keyid, alice.key.keyid]);
    expect((await owner.post([['root', body]])).status).toBe(200);
    expect(await read(ask(at(lab, owner)))).toMatchObject({ pending: [] });
    expect((await ask(at(lab, owner, '/root'))).problem.code).toBe('not-found');
  });

  it('changes nothing of what is served, and writes no record', async () => {
    const { lab, owner } = await begun(kind);
    const before = await owner.get('timestamp.json');
    await put(lab, owner, 'root', await nextRoot(owner, owner.root, alice));
    expect((await owner.get('timestamp.json')).body.equals(before.body)).toBe(true);
    expect((await owner.get('2.root.json')).status).toBe(404);
    expect((await refreshed(owner)).before.before.before.root.content.version).toBe(1);
  });

  it('survives a restart', async () => {
    const { lab, owner } = await begun(kind);
    if (kind === 'memory') return;
    await put(lab, owner, 'releases', await nextReleases(owner, 'v1', owner.releases));
    await lab.restart();
    expect(await read(ask(at(lab, owner)))).toMatchObject({ pending: [{ role: 'releases', version: 2 }] });
  });
});

describe('a draft is refused', () => {
  it.each([
    ['that nobody of its role signed', 'root', (owner: Publisher) => nextRoot(owner, stranger), 422, 'signature'],
    ['without a signature', 'root', (owner: Publisher) => nextRoot(owner), 422, 'signature'],
    [
      'of a role that the server signs',
      'timestamp',
      async (owner: Publisher) => (await owner.get('timestamp.json')).body,
      400,
      'refused-upload',
    ],
    ['of a role that nobody delegates to', 'nobody', (owner: Publisher) => firstOf(owner, 'nobody', owner.releases), 400, 'unknown-role'],
    ['that is published already', 'releases', async (owner: Publisher) => (await owner.get('releases.json')).body, 409, 'conflict'],
    ['that is no metadata', 'root', async () => Buffer.from('{}'), 400, 'malformed'],
    ['that is too large', 'root', async () => Buffer.alloc(512_001), 413, 'too-large'],
  ] as const)('%s', async (_, role, file, status, code) => {
    const { lab, owner } = await begun('memory');
    const answer = await put(lab, owner, role, await file(owner));
    expect([answer.status, answer.problem.code]).toEqual([status, code]);
    expect(await read(ask(at(lab, owner)))).toEqual({ schema: 1, pending: [] });
  });

  it('of a repository that has not begun', async () => {
    const lab = await laboratory('memory');
    const owner = newPublisher(lab, lab);
    const [[, root] = ['', new Uint8Array()]] = await owner.first();
    expect((await put(lab, owner, 'root', root)).problem.code).toBe('refused-upload');
  });

  it('of another repository that the same keys sign', async () => {
    const { lab, owner } = await begun('memory');
    const other = newPublisher(lab, {
      gun: 'registry.example.com/team/tool',
      repository: 'ffeeddccbbaa99887766554433221100',
      now: lab.now,
    });
    await other.post(await other.first());
    const file = await nextRoot(other, owner.root, other.root, alice);
    expect((await put(lab, owner, 'root', file)).problem.code).toBe('wrong-repository');
  });

  it('in the place of another, until that one is withdrawn', async () => {
    const { lab, owner } = await begun('memory');
    const first = await read(put(lab, owner, 'releases', await nextReleases(owner, 'v1', owner.releases)));
    const another = await nextReleases(owner, 'v2', owner.releases);
    expect((await put(lab, owner, 'releases', another)).problem).toMatchObject({ status: 409, code: 'other-draft' });
    // Whoever saw another one withdraws nothing.
    await ask(at(lab, owner, `/releases?signed=sha256:${'0'.repeat(64)}`), { method: 'DELETE' });
    expect((await put(lab, owner, 'releases', another)).problem.code).toBe('other-draft');
    const { signed } = first as { signed: string };
    expect((await ask(at(lab, owner, `/releases?signed=${signed}`), { method: 'DELETE' })).status).toBe(200);
    expect((await put(lab, owner, 'releases', another)).status).toBe(200);
  });

  it('from a page of another site', async () => {
    const { lab, owner } = await begun('memory');
    const body = await nextReleases(owner, 'v1', owner.releases);
    const headers = { origin: 'https://evil.example' };
    expect((await ask(at(lab, owner, '/releases'), { method: 'PUT', body, headers })).problem.code).toBe('foreign-origin');
    expect((await ask(at(lab, owner, '/releases'), { method: 'DELETE', headers })).problem.code).toBe('foreign-origin');
    expect((await ask(at(lab, owner), {})).headers['access-control-allow-origin']).toBe(undefined);
  });
});

describe('a draft ends', () => {
  it('14 days after it was first kept, whoever signed it meanwhile', async () => {
    const { lab, owner } = await begun('memory');
    await put(lab, owner, 'root', await nextRoot(owner, owner.root));
    lab.forward(13 * DAY);
    const { body } = await ask(at(lab, owner, '/root'));
    await put(lab, owner, 'root', body);
    expect(await read(ask(at(lab, owner)))).toMatchObject({ pending: [{ until: '2030-02-14T12:00:00Z' }] });
    lab.forward(DAY + HOUR);
    expect((await ask(at(lab, owner, '/root'))).status).toBe(404);
    expect(await read(ask(at(lab, owner)))).toEqual({ schema: 1, pending: [] });
    expect((await put(lab, owner, 'root', body)).status).toBe(200);
  });

  it('when something else of its role is published', async () => {
    const { lab, owner } = await begun('memory');
    const file = await nextReleases(owner, 'v1', owner.releases);
    await put(lab, owner, 'releases', file);
    await owner.post([['releases', await nextReleases(owner, 'v2', owner.releases)]]);
    expect((await ask(at(lab, owner, '/releases'))).status).toBe(404);
    expect((await put(lab, owner, 'releases', file)).problem.code).toBe('conflict');
  });

  it('with its repository', async () => {
    const { lab, owner } = await begun('memory');
    await put(lab, owner, 'releases', await nextReleases(owner, 'v1', owner.releases));
    await ask(owner.base, { method: 'DELETE' });
    expect((await ask(at(lab, owner))).status).toBe(404);
  });
});

describe('new keys', () => {
  it('sign targets before the root that names them is published', async () => {
    const { lab, owner } = await begun('memory');
    const before = tuf.parse('root', ROOT, (await owner.get('1.root.json')).body, owner.env);
    const expires = expiryAfter(owner.env.now, YEAR);
    const root = draftNextRoot(before, { targets: { keys: [alice.key], threshold: 1 } }, expires, owner.env);
    const standing = tuf.parse('targets', 'targets' as typeof RELEASES, (await owner.get('targets.json')).body, owner.env);
    const targets = await owner.sign(draftEntries(standing, new Map(), expires, owner.env), alice);
    expect((await put(lab, owner, 'targets', targets)).problem.code).toBe('signature');
    const signedRoot = await owner.sign(root, owner.root);
    await put(lab, owner, 'root', signedRoot);
    expect((await put(lab, owner, 'targets', targets)).status).toBe(200);
    const both = [['root', signedRoot] as const, ['targets', targets] as const];
    expect((await owner.post(both)).status).toBe(200);
  });
});

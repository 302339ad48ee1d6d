import { createHash } from 'node:crypto';
import { draftEntries, draftNextRoot, expiryAfter, jsonObject, newSignature, RELEASES, ROOT, tuf, withMembers } from '@countersign/core';
import { generateSigner } from '@countersign/signers';
import { afterEach, describe, expect, it } from 'vitest';
import { refreshed } from './testing/client.ts';
import { closeLaboratories, DAY, laboratory } from './testing/laboratory.ts';
import { newPublisher, type Publisher } from './testing/publisher.ts';

afterEach(closeLaboratories);

const OTHER = { gun: 'registry.example.com/team/tool', repository: 'ffeeddccbbaa99887766554433221100' };

describe.each(['memory', 'level'] as const)('on a store in %s', (kind) => {
  it('publishes several roles at once and serves the bytes that arrived', async () => {
    const lab = await laboratory(kind);
    const owner = newPublisher(lab, lab);
    const first = await owner.first();
    const posted = await owner.post(first);
    expect([posted.status, posted.body.length]).toEqual([200, 0]);
    for (const [role, bytes] of first) {
      const sha256 = createHash('sha256').update(bytes).digest('hex');
      for (const file of [`${role}.json`, `1.${role}.json`, `${role}.${sha256}.json`]) {
        const got = await owner.get(file);
        expect([file, got.status, got.body.equals(bytes)]).toEqual([file, 200, true]);
      }
    }
    const trusted = await refreshed(owner);
    expect(trusted.targets.content.version).toBe(1);
    expect(trusted.before.before.timestamp.content.binding?.record?.seq).toBe(1);
  });

  it('hashes what arrived, white space and all', async () => {
    const lab = await laboratory(kind);
    const owner = newPublisher(lab, lab);
    const first = await owner.first();
    const spaced = first.map(([role, bytes]) => [role, Buffer.concat([bytes, Buffer.from('\n')])] as const);
    expect((await owner.post(spaced)).status).toBe(200);
    expect((await refreshed(owner)).targets.file.at(-1)).toBe(0x0a);
  });

  it('lets one of many publishers of a version win, and tells the others', async () => {
    const lab = await laboratory(kind);
    const owner = newPublisher(lab, lab);
    await owner.post(await owner.first());
    const { body } = await owner.get('releases.json');
    const uploads = await Promise.all(Array.from({ length: 12 }, (_, index) => owner.tagged(body, `v${index}`)));
    const answers = await Promise.all(uploads.map((parts) => owner.post(parts)));
    expect(answers.map(({ status }) => status).sort()).toEqual([200, ...Array.from({ length: 11 }, () => 409)]);
    expect(answers.find(({ status }) => status === 409)?.problem).toMatchObject({ code: 'conflict', status: 409 });
    expect((await refreshed(owner)).before.snapshot.content.meta.get(RELEASES)?.version).toBe(2);
  });

  it('serves what it published after a restart', async () => {
    const lab = await laboratory(kind);
    const before = newPublisher(lab, lab);
    await before.post(await before.first());
    const { body } = await before.get('timestamp.json');
    await lab.restart();
    const after = newPublisher(lab, lab);
    expect((await after.get('timestamp.json')).body.equals(body)).toBe(true);
  });
});

describe('a refused upload', () => {
  const refusals: readonly (readonly [
    string,
    string,
    number,
    (owner: Publisher) => Promise<readonly (readonly [string, Uint8Array])[]>,
  ])[] = [
    ['nothing', 'refused-upload', 400, async () => []],
    ['a timestamp', 'refused-upload', 400, async (owner) => [['timestamp', (await owner.get('timestamp.json')).body]]],
    ['what is no JSON', 'malformed', 400, async () => [['releases', Buffer.from('{"signed"')]]],
    ['a role with an odd name', 'unsafe-name', 400, async (owner) => [['../root', (await owner.get('root.json')).body]]],
    ['a role nobody delegates to', 'unknown-role', 400, async (owner) => [['nightly', await nextOf(owner, 'nightly')]]],
    ['a version again', 'conflict', 409, async (owner) => [['releases', (await owner.get('releases.json')).body]]],
    ['a version too far', 'wrong-version', 409, async (owner) => [['releases', await nextOf(owner, 'releases', { version: 7 })]]],
    [
      'one that expired',
      'expired',
      422,
      async (owner) => [['releases', await nextOf(owner, 'releases', { expires: '2030-01-31T12:00:00Z' })]],
    ],
    [
      'one of another repository',
      'wrong-repository',
      422,
      async (owner) => [['releases', await nextOf(owner, 'releases', { 'x-countersign': jsonObject({ repository: 'ab'.repeat(16) }) })]],
    ],
    [
      'one signed by a stranger',
      'signature',
      422,
      async (owner) => {
        const draft = draftEntries(
          tuf.parse('targets', RELEASES, (await owner.get('releases.json')).body, owner.env),
          new Map(),
          later(owner),
          owner.env,
        );
        return [['releases', await owner.sign(draft, generateSigner('ed25519'))]];
      },
    ],
    [
      'a root of other keys',
      'signature',
      422,
      async (owner) => {
        const stranger = generateSigner('ed25519');
        const before = tuf.parse('root', ROOT, (await owner.get('root.json')).body, owner.env);
        const draft = draftNextRoot(before, { root: { keys: [stranger.key], threshold: 1 } }, later(owner), owner.env);
        return [['root', await owner.sign(draft, stranger)]];
      },
    ],
    [
      'a threshold nobody can meet',
      'impossible-role',
      400,
      async (owner) => {
        const before = tuf.parse('root', ROOT, (await owner.get('root.json')).body, owner.env);
        const draft = draftNextRoot(before, { targets: { keys: [owner.targets.key], threshold: 2 } }, later(owner), owner.env);
        return [['root', await owner.sign(draft, owner.root)]];
      },
    ],
  ];

  it.each(refusals)('of %s says %s and changes nothing', async (_, code, status, parts) => {
    const lab = await laboratory('memory');
    const owner = newPublisher(lab, lab);
    await owner.post(await owner.first());
    const before = (await owner.get('timestamp.json')).body;
    const answer = await owner.post(await parts(owner));
    expect([answer.status, answer.problem.code]).toEqual([status, code]);
    expect(answer.headers['content-type']).toBe('application/problem+json');
    expect(answer.body.length).toBeLessThan(1024);
    expect((await owner.get('timestamp.json')).body.equals(before)).toBe(true);
  });

  it('of metadata that was published under another name says so', async () => {
    const lab = await laboratory('memory');
    const [owner, other] = [newPublisher(lab, lab), newPublisher(lab, { ...OTHER, now: lab.now })];
    await owner.post(await owner.first());
    await other.post(await other.first());
    const { body } = await owner.get('root.json');
    expect((await other.post([['root', body]])).status).toBeGreaterThanOrEqual(400);
    const third = newPublisher(lab, { now: lab.now, gun: 'registry.example.com/team/copy' });
    const copied = await third.post(await owner.first());
    expect([copied.status, copied.problem.code]).toEqual([422, 'wrong-repository']);
  });

  it('leaves no part of itself behind', async () => {
    const lab = await laboratory('memory');
    const owner = newPublisher(lab, lab);
    const [root, targets] = await owner.first();
    const stranger = newPublisher(lab, lab);
    const [, , releases] = await stranger.first();
    expect((await owner.post([root, targets, releases].flatMap((part) => (part ? [part] : [])))).problem.code).toBe('signature');
    expect((await owner.get('1.root.json')).status).toBe(404);
  });
});

const later = (owner: Publisher) => expiryAfter(owner.env.now, 90 * DAY);

/** The next releases with members replaced, signed by their owner. */
async function nextOf(owner: Publisher, role: string, members: Parameters<typeof withMembers>[1] = {}): Promise<Uint8Array> {
  const before = tuf.parse('targets', RELEASES, (await owner.get('releases.json')).body, owner.env);
  const version = role === 'releases' ? before.content.version + 1 : 1;
  const signed = withMembers(before.signed, { version, ...members });
  const message = tuf.canonical(signed);
  return tuf.file(signed, [newSignature(owner.releases.key, await owner.releases.sign(message))]);
}

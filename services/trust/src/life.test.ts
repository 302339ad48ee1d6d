import {
  draftFirstRoot,
  draftNextRoot,
  expiryAfter,
  jsonObject,
  newSignature,
  parseRepositoryId,
  parseVersion,
  ROOT,
  tuf,
} from '@countersign/core';
import { afterEach, describe, expect, it } from 'vitest';
import { ask } from './testing/ask.ts';
import { refreshed } from './testing/client.ts';
import { closeLaboratories, DAY, laboratory } from './testing/laboratory.ts';
import { newPublisher, type Publisher } from './testing/publisher.ts';

afterEach(closeLaboratories);

const deleted = (owner: Publisher) => ask(owner.base, { method: 'DELETE' });
const recordsOf = async (owner: Publisher) => {
  const { body } = await ask(owner.base.replace('/v2/', '/_countersign/v1/repositories/').replace('/_trust/metadata/', '/records'));
  return body
    .toString()
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
};

/** The next root by the same keys. */
async function nextRoot(owner: Publisher, previous: Uint8Array) {
  const draft = draftNextRoot(tuf.parse('root', ROOT, previous, owner.env), {}, expiryAfter(owner.env.now, 90 * DAY), owner.env);
  return [['root', await owner.sign(draft, owner.root)]] as const;
}

/** A whole first publish by new keys, with the versions that follow the deleted ones. */
async function newcomer(owner: Publisher, version: number) {
  const [, ...rest] = await owner.first();
  const one = (key: Publisher['root']['key']) => ({ keys: [key], threshold: 1 });
  const roles = {
    root: one(owner.root.key),
    targets: one(owner.targets.key),
    snapshot: one(await owner.serverKey('snapshot')),
    timestamp: one(await owner.serverKey('timestamp')),
  };
  const repository = parseRepositoryId('77'.repeat(16));
  const facts = {
    version: parseVersion(version, 'version'),
    repository,
    names: [owner.gun],
    roles,
    expires: expiryAfter(owner.env.now, 90 * DAY),
  };
  const renumbered = await Promise.all(rest.map(async ([name, bytes]) => [name, await renumber(owner, name, bytes, version)] as const));
  return [['root', await owner.sign(draftFirstRoot(facts, owner.env), owner.root)], ...renumbered] as const;
}

async function renumber(owner: Publisher, name: string, bytes: Uint8Array, version: number): Promise<Uint8Array> {
  const file = tuf.parse('targets', name as never, bytes, owner.env);
  const binding = jsonObject({ repository: '77'.repeat(16), role: name });
  const signed = new Map(file.signed).set('version', version).set('x-countersign', binding);
  const signer = name === 'targets' ? owner.targets : owner.releases;
  return tuf.file(signed, [newSignature(signer.key, await signer.sign(tuf.canonical(signed)))]);
}

describe.each(['memory', 'level'] as const)('a deleted repository on a store in %s', (kind) => {
  async function gone() {
    const lab = await laboratory(kind);
    const owner = newPublisher(lab, lab);
    await owner.post(await owner.first());
    const root = (await owner.get('root.json')).body;
    await owner.get('timestamp.json');
    expect((await deleted(owner)).status).toBe(200);
    return { lab, owner, root };
  }

  it('serves nothing and forgets nothing', async () => {
    const { owner } = await gone();
    for (const file of ['timestamp.json', 'root.json', '1.root.json', '2.root.json', '1.targets.json']) {
      expect([file, (await owner.get(file)).status]).toEqual([file, 404]);
    }
    const records = await recordsOf(owner);
    expect(records.map(({ seq, kind: what }) => [seq, what])).toEqual([
      [1, 'root'],
      [2, 'delete'],
    ]);
    expect(records[1]).toMatchObject({ root: records[0].root, targets: records[0].targets, changed: [] });
    expect((await deleted(owner)).status).toBe(200);
    expect(await recordsOf(owner)).toHaveLength(2);
  });

  it('goes on with a root that its old root signed', async () => {
    const { owner, root } = await gone();
    expect((await owner.post(await nextRoot(owner, root))).status).toBe(200);
    expect((await owner.get('1.root.json')).status).toBe(200);
    const trusted = await refreshed(owner);
    expect(trusted.before.before.before.root.content.version).toBe(2);
    expect(trusted.before.before.timestamp.content.version).toBe(2);
    expect((await recordsOf(owner)).map(({ seq }) => seq)).toEqual([1, 2, 3]);
  });

  it('goes on with nothing else', async () => {
    const { lab, owner } = await gone();
    const stranger = newPublisher(lab, lab);
    const attempts = [
      await stranger.first(),
      await newcomer(stranger, 2),
      await owner.tagged((await owner.first())[2]?.[1] ?? new Uint8Array(), 'v2'),
    ];
    const codes = [];
    for (const parts of attempts) codes.push((await stranger.post(parts)).problem.code);
    expect(codes).toEqual(['conflict', 'needs-old-root', 'needs-old-root']);
    expect((await stranger.get('root.json')).status).toBe(404);
  });

  it('starts over on an administrator’s word, with no file of its earlier life', async () => {
    const { lab, owner } = await gone();
    const stranger = newPublisher(lab, lab);
    const posted = await stranger.post(await newcomer(stranger, 2), '?recreate=true');
    expect(posted.problem).toEqual({});
    expect(posted.status).toBe(200);
    expect((await stranger.get('1.root.json')).status).toBe(404);
    expect((await stranger.get('2.root.json')).status).toBe(200);
    expect((await stranger.get('timestamp.json')).body.includes('"version":2')).toBe(true);
    const releases = (await stranger.get('releases.json')).body;
    expect((await stranger.post(await stranger.tagged(releases, 'v3'))).status).toBe(200);
    expect((await recordsOf(owner)).map(({ seq }) => seq)).toEqual([1, 2, 3, 4]);
    await lab.restart();
    expect((await newPublisher(lab, lab).get('3.releases.json')).status).toBe(200);
  });
});

it('deletes what is not there without a trace', async () => {
  const lab = await laboratory('memory');
  const owner = newPublisher(lab, lab);
  expect((await deleted(owner)).status).toBe(200);
  expect((await owner.get('root.json')).status).toBe(404);
  expect((await ask(`${lab.url}/v2/_trust/changefeed?records=10`)).body.toString()).toBe('{"count":0,"records":null}');
});

it('recreates nothing that stands, and reads its parameter strictly', async () => {
  const lab = await laboratory('memory');
  const owner = newPublisher(lab, lab);
  const first = await owner.first();
  expect((await owner.post(first, '?recreate=true')).problem.code).toBe('refused-upload');
  expect((await owner.post(first, '?recreate=yes')).problem.code).toBe('invalid-parameters');
  expect((await owner.post(first, '?recreate=true&recreate=false')).problem.code).toBe('invalid-parameters');
  expect((await owner.post(first, '?recreate=false')).status).toBe(200);
});

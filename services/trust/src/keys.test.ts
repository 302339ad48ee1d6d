import { draftNextRoot, expiryAfter, type PublicKey, ROOT, tuf } from '@countersign/core';
import { afterEach, describe, expect, it } from 'vitest';
import { ask } from './testing/ask.ts';
import { refreshed } from './testing/client.ts';
import { closeLaboratories, DAY, laboratory } from './testing/laboratory.ts';
import { newPublisher, type Publisher } from './testing/publisher.ts';

afterEach(closeLaboratories);

const keyOf = async (owner: Publisher, role: string, method = 'GET') => (await ask(`${owner.base}${role}.key`, { method })).body.toString();

/** The next root, with `key` for `role`. */
async function rootWith(owner: Publisher, role: 'root' | 'targets' | 'snapshot' | 'timestamp', ...keys: readonly PublicKey[]) {
  const before = tuf.parse('root', ROOT, (await owner.get('root.json')).body, owner.env);
  const draft = draftNextRoot(before, { [role]: { keys, threshold: 1 } }, expiryAfter(owner.env.now, 90 * DAY), owner.env);
  return [['root', await owner.sign(draft, owner.root)]] as const;
}

describe.each(['memory', 'level'] as const)('the keys of the server on a store in %s', (kind) => {
  it('are told for any name, as key objects of TUF, and asking stores nothing', async () => {
    const lab = await laboratory(kind);
    const owner = newPublisher(lab, lab);
    for (const role of ['snapshot', 'timestamp']) {
      const [now, next] = [await keyOf(owner, role), await keyOf(owner, role, 'POST')];
      expect(JSON.parse(now)).toEqual({
        keytype: 'ed25519',
        scheme: 'ed25519',
        keyval: { public: expect.stringMatching(/^[0-9a-f]{64}$/) },
      });
      expect(next).not.toBe(now);
      expect([await keyOf(owner, role), await keyOf(owner, role, 'POST')]).toEqual([now, next]);
    }
    expect((await ask(`${lab.url}/v2/_trust/changefeed?records=5`)).body.toString()).toBe('{"count":0,"records":null}');
    const before = await keyOf(owner, 'timestamp');
    await lab.restart();
    expect(await keyOf(newPublisher(lab, lab), 'timestamp')).toBe(before);
  });

  it('differ between roles, names and servers', async () => {
    const [lab, elsewhere] = [await laboratory(kind), await laboratory(kind)];
    const other = { now: lab.now, gun: 'registry.example.com/team/tool' };
    const owners = [newPublisher(lab, lab), newPublisher(lab, other), newPublisher(elsewhere, lab)];
    const keys = await Promise.all(owners.flatMap((owner) => ['snapshot', 'timestamp'].map((role) => keyOf(owner, role))));
    expect(new Set(keys).size).toBe(6);
  });

  it.each(['timestamp', 'snapshot'] as const)('rotate: the next %s key is in force from the publish that names it', async (role) => {
    const lab = await laboratory(kind);
    const owner = newPublisher(lab, lab);
    await owner.post(await owner.first());
    const [first, second] = [await keyOf(owner, role), await keyOf(owner, role, 'POST')];
    expect(await keyOf(owner, role)).toBe(first);
    const root = (await owner.get('root.json')).body;
    expect((await owner.post(await owner.rotated(root, role, await owner.serverKey(role, 'POST')))).status).toBe(200);
    expect(await keyOf(owner, role)).toBe(second);
    expect(await keyOf(owner, role, 'POST')).not.toBe(second);
    await refreshed(owner);
    lab.forward(8 * DAY);
    await refreshed(owner);
    await lab.restart();
    lab.forward(8 * DAY);
    const after = newPublisher(lab, lab);
    await refreshed(after);
    expect(await keyOf(after, role)).toBe(second);
  });
});

describe('a root', () => {
  it('may name only this server’s keys of its own repository, each in its role', async () => {
    const lab = await laboratory('memory');
    const owner = newPublisher(lab, lab);
    await owner.post(await owner.first());
    const other = newPublisher(lab, { now: lab.now, gun: 'registry.example.com/team/tool', repository: '11'.repeat(16) });
    await other.post(await other.first());
    const [timestamp, foreign, stranger] = [await owner.serverKey('timestamp'), await other.serverKey('timestamp'), owner.targets.key];
    const attempts = [
      await rootWith(owner, 'timestamp', stranger),
      await rootWith(owner, 'timestamp', foreign),
      await rootWith(owner, 'timestamp', timestamp, stranger),
      await rootWith(owner, 'timestamp', timestamp, await owner.serverKey('timestamp', 'POST')),
      await rootWith(owner, 'snapshot', timestamp),
      await rootWith(owner, 'targets', timestamp),
      await rootWith(owner, 'root', owner.root.key, timestamp),
      await rootWith(owner, 'targets', foreign),
    ];
    for (const parts of attempts) {
      const answer = await owner.post(parts);
      expect([answer.status, answer.problem.code]).toEqual([400, 'server-key']);
    }
  });

  it('may not go back to a key that was rotated away', async () => {
    const lab = await laboratory('memory');
    const owner = newPublisher(lab, lab);
    const old = await owner.serverKey('timestamp');
    await owner.post(await owner.first());
    await owner.post(await rootWith(owner, 'timestamp', await owner.serverKey('timestamp', 'POST')));
    expect((await owner.post(await rootWith(owner, 'timestamp', old))).problem.code).toBe('server-key');
    expect((await owner.post(await rootWith(owner, 'targets', owner.targets.key, old))).problem.code).toBe('server-key');
  });
});

it('tells only of the two keys it has', async () => {
  const lab = await laboratory('memory');
  const owner = newPublisher(lab, lab);
  expect((await ask(`${owner.base}root.key`)).status).toBe(404);
  const answer = await ask(`${owner.base}timestamp.key`, { method: 'DELETE' });
  expect([answer.status, answer.headers.allow]).toEqual([405, 'GET, HEAD, POST']);
});

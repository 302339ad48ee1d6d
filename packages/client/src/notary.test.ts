import {
  entryKind,
  type Fingerprint,
  imageEntry,
  jsonObject,
  notary,
  parseDigest,
  ROOT,
  type RoleName,
  revocationEntry,
  type Signer,
  SNAPSHOT,
  TARGETS,
  TIMESTAMP,
} from '@countersign/core';
import { generateSigner } from '@countersign/signers';
import { oldRepository } from '@countersign/testkit';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { GUN, type Home, home, keySet, NOON, pinnedTo } from '../test/home.ts';
import { closeMachines, DAY, type Machine, machine } from '../test/machine.ts';
import type { EntriesChange, PublishChange, Published } from './index.ts';

const MANIFEST = 'application/vnd.oci.image.manifest.v1+json';
const image = (index: number) =>
  imageEntry({ digest: parseDigest(`sha256:${index.toString(16).padStart(64, '0')}`), length: 100 + index, mediaType: MANIFEST });
const role = (name: string): RoleName => notary.roleCalled(name);
const RELEASES = notary.releases;

let there: Home;
let here: Machine;
let root: Signer;
let targets: Signer;
let held: readonly Signer[];
beforeEach(async () => {
  there = await home();
  here = await machine(there.url, NOON);
  [root, targets] = [generateSigner('ecdsa-p256'), generateSigner('ecdsa-p256')];
  held = [];
});
afterEach(async () => {
  await there.close();
  await closeMachines();
});

const client = () =>
  here.client({
    dialect: notary,
    heldSigners: async (keys: readonly Fingerprint[]) => held.filter(({ key }) => keys.includes(key.fingerprint)),
  });
const publish = (change: PublishChange, ...signers: readonly Signer[]): Promise<Published> =>
  client().publish(GUN, change, signers.length === 0 ? [root, targets] : signers);
const init = async (): Promise<Published> => {
  const published = await publish({ kind: 'init', root: keySet(1, root), targets: keySet(1, targets), releases: keySet(1, targets) });
  here.believes = { ...pinnedTo(published.pin), binding: 'optional' };
  return published;
};
const sign = (entries: EntriesChange['entries'], as: RoleName, signer: Signer, ...also: RoleName[]): Promise<Published> =>
  publish({ kind: 'entries', entries, as, also }, signer);
const addSigner = (name: string, signer: Signer): Promise<Published> =>
  publish({ kind: 'add-signer', signer: name as RoleName, key: signer.key, role: role(name) });
const standing = () => client().refresh(GUN);

describe('a repository of Notary', () => {
  it('begins with certificates for its root, and tags live in targets', async () => {
    const published = await init();
    expect([...published.versions]).toEqual([
      ['root', 1],
      ['targets', 1],
    ]);
    expect(published.repository).toBeUndefined();
    await sign(new Map([['v1', image(1)]]), TARGETS, targets);
    const found = await (await standing()).find('v1');
    expect(found).toMatchObject({ role: 'targets', signers: [targets.key.fingerprint] });
    expect(found && entryKind(found.entry)).toEqual({ kind: 'image', mediaType: MANIFEST });
    expect(found?.entry.custom?.get('countersign')).toEqual(jsonObject({ v: 1, kind: 'image', mediaType: MANIFEST, gun: GUN }));
  });

  it('is refused where one stands, and an Ed25519 root key before anything is asked', async () => {
    await init();
    await expect(init()).rejects.toMatchObject({ code: 'exists' });
    root = generateSigner('ed25519');
    await expect(
      client().publish(
        'registry.example.com/team/other' as never,
        { kind: 'init', root: keySet(1, root), targets: keySet(1, targets), releases: keySet(1, targets) },
        [root, targets],
      ),
    ).rejects.toThrow('ed25519');
  });

  it('has a role for each signer beside the released one, as docker makes them', async () => {
    await init();
    const alice = generateSigner('ecdsa-p256');
    await addSigner('alice', alice);
    const delegations = await (await standing()).delegations();
    expect(delegations).toMatchObject([
      { role: 'targets/alice', paths: [''], keys: [alice.key.fingerprint], holders: [{ name: 'alice' }], published: undefined },
      { role: 'targets/releases', paths: [''], keys: [alice.key.fingerprint], holders: [{ name: 'alice' }], published: undefined },
    ]);
    expect((await standing()).beside(RELEASES)).toEqual(['targets/alice']);
    const published = await sign(new Map([['v1', image(1)]]), RELEASES, alice, role('alice'));
    expect([...published.versions.keys()].sort()).toEqual(['targets/alice', 'targets/releases']);
    expect(await (await standing()).find('v1')).toMatchObject({ role: 'targets/releases' });
    await expect(addSigner('alice', alice)).rejects.toMatchObject({ code: 'known-signer' });
  });

  it('refuses to sign where no client looks', async () => {
    await init();
    const alice = generateSigner('ecdsa-p256');
    await addSigner('alice', alice);
    await expect(sign(new Map([['v1', image(1)]]), role('alice'), alice)).rejects.toMatchObject({ code: 'shadowed' });
  });

  it('takes a tag back from every role at once, and says so when one is left', async () => {
    await init();
    const alice = generateSigner('ecdsa-p256');
    await sign(new Map([['v1', image(1)]]), TARGETS, targets);
    await addSigner('alice', alice);
    await sign(new Map([['v1', image(2)]]), RELEASES, alice, role('alice'));
    expect(await (await standing()).holders('v1')).toEqual(['targets/releases', 'targets']);
    expect((await (await standing()).search('v1')).roles).toMatchObject([
      { role: 'targets/releases', holds: true, reached: true },
      { role: 'targets/alice', holds: true, reached: false },
    ]);
    const gone = new Map([['v1', undefined]]);
    await expect(sign(gone, RELEASES, alice, role('alice'))).rejects.toMatchObject({ code: 'shadowed' });
    await publish({ kind: 'entries', entries: gone, as: RELEASES, also: [TARGETS, role('alice')] }, alice, targets);
    expect(await (await standing()).holders('v1')).toEqual([]);
  });

  it('lets a signer go, and come back', async () => {
    await init();
    const [alice, bob] = [generateSigner('ecdsa-p256'), generateSigner('ecdsa-p256')];
    await addSigner('alice', alice);
    await addSigner('bob', bob);
    await sign(new Map([['v1', image(1)]]), RELEASES, alice, role('alice'));
    await publish({ kind: 'remove-signer', signer: 'alice' as RoleName }, targets, bob);
    expect(await (await standing()).find('v1')).toMatchObject({ signers: [bob.key.fingerprint] });
    expect((await (await standing()).delegations()).map((one) => one.role)).toEqual(['targets/releases', 'targets/bob']);
    await expect(publish({ kind: 'remove-signer', signer: 'bob' as RoleName })).rejects.toMatchObject({ code: 'impossible-threshold' });
    await addSigner('alice', alice);
    const published = await sign(new Map([['v2', image(2)]]), RELEASES, alice, role('alice'));
    expect([...published.versions]).toEqual([
      ['targets/releases', 3],
      ['targets/alice', 1],
    ]);
  });

  it.each([ROOT, TARGETS])('gives %s another key', async (name) => {
    await init();
    const old = name === ROOT ? root : targets;
    const next = generateSigner('ecdsa-p256');
    await client().publish(GUN, { kind: 'replace-key', old: old.key.fingerprint, next: next.key, root: 'include', in: name }, [
      root,
      targets,
      next,
    ]);
    const { roles } = await standing();
    expect(roles[name === ROOT ? 'root' : 'targets'].keys).toEqual([next.key.fingerprint]);
    await sign(new Map([['v1', image(1)]]), TARGETS, name === ROOT ? targets : next);
  });

  it('gives a signer another key wherever theirs was', async () => {
    await init();
    const [alice, next] = [generateSigner('ecdsa-p256'), generateSigner('ecdsa-p256')];
    await addSigner('alice', alice);
    await sign(new Map([['v1', image(1)]]), RELEASES, alice, role('alice'));
    const change = { kind: 'replace-key', old: alice.key.fingerprint, next: next.key, root: 'leave' } as const;
    await publish(change, targets, next);
    expect((await (await standing()).delegations()).map(({ keys, problem }) => [keys, problem])).toEqual([
      [[next.key.fingerprint], undefined],
      [[next.key.fingerprint], undefined],
    ]);
    expect(await (await standing()).find('v1')).toMatchObject({ signers: [next.key.fingerprint] });
  });

  it('gets the next keys of the server', async () => {
    await init();
    for (const name of ['timestamp', 'snapshot'] as const) {
      const before = (await standing()).roles[name].keys;
      await publish({ kind: 'rotate', role: name, replacement: 'server' });
      expect((await standing()).roles[name].keys).not.toEqual(before);
    }
    await sign(new Map([['v1', image(1)]]), TARGETS, targets);
    expect(TIMESTAMP).toBe('timestamp');
  });

  it('has its snapshot signed by whoever holds the key, and by the server again', async () => {
    await init();
    const [mine, alice] = [generateSigner('ecdsa-p256'), generateSigner('ecdsa-p256')];
    held = [mine];
    await publish({ kind: 'rotate', role: SNAPSHOT, replacement: keySet(1, mine) });
    expect((await standing()).roles.snapshot.keys).toEqual([mine.key.fingerprint]);
    await addSigner('alice', alice);
    await sign(new Map([['v1', image(1)]]), RELEASES, alice, role('alice'));
    await publish({ kind: 'undelegate', role: role('alice') });
    expect(await (await standing()).find('v1')).toMatchObject({ role: 'targets/releases' });
    held = [];
    await expect(sign(new Map([['v2', image(2)]]), RELEASES, alice)).rejects.toMatchObject({ code: 'refused' });
    held = [mine];
    await publish({ kind: 'rotate', role: 'snapshot', replacement: 'server' });
    held = [];
    await sign(new Map([['v2', image(2)]]), RELEASES, alice);
    expect((await (await standing()).list()).map(({ path }) => path)).toEqual(['v1', 'v2']);
  });

  it('takes the publishes of many at once', async () => {
    await init();
    const all = await Promise.all(Array.from({ length: 8 }, (_, index) => sign(new Map([[`v${index}`, image(index)]]), TARGETS, targets)));
    expect(all.map(({ versions }) => versions.get(TARGETS)).sort()).toEqual([2, 3, 4, 5, 6, 7, 8, 9]);
    expect((await (await standing()).list()).length).toBe(8);
  });

  it('takes them also where the publishers sign the snapshot, all of it each time', async () => {
    await init();
    held = [generateSigner('ecdsa-p256')];
    await publish({ kind: 'rotate', role: SNAPSHOT, replacement: keySet(1, ...held) });
    await Promise.all(Array.from({ length: 8 }, (_, index) => sign(new Map([[`v${index}`, image(index)]]), TARGETS, targets)));
    expect((await (await standing()).list()).length).toBe(8);
  });

  it('lets a stolen key be taken out of every role at once, and its signer have another', async () => {
    await init();
    const [alice, bob, next] = [generateSigner('ecdsa-p256'), generateSigner('ecdsa-p256'), generateSigner('ecdsa-p256')];
    await addSigner('alice', alice);
    await addSigner('bob', bob);
    await sign(new Map([['v1', image(1)]]), RELEASES, alice, role('alice'));
    const { left, touched } = await client().planKey(GUN, { kind: 'revoke-key', old: bob.key.fingerprint, root: 'leave', in: RELEASES });
    expect([left.map((use) => use.role), touched.map((one) => one.role)]).toEqual([['targets/bob'], ['targets']]);
    await publish({ kind: 'replace-key', old: alice.key.fingerprint, next: next.key, root: 'leave', in: RELEASES }, targets, next, bob);
    expect((await client().keyUses(GUN, alice.key.fingerprint)).length).toBe(0);
    expect((await (await standing()).delegations()).find((one) => one.role === 'targets/alice')?.holders).toEqual([
      { fingerprint: next.key.fingerprint, name: 'alice' },
    ]);
  });

  it('takes them also where a role signs for the first time, and loses none', async () => {
    await init();
    const alice = generateSigner('ecdsa-p256');
    await addSigner('alice', alice);
    await Promise.all(
      Array.from({ length: 8 }, (_, index) => sign(new Map([[`v${index}`, image(index)]]), RELEASES, alice, role('alice'))),
    );
    expect((await (await standing()).list()).length).toBe(8);
  });

  it.each<readonly [string, PublishChange]>([
    ['a denial', { kind: 'entries', entries: new Map([['.revoked/x', revocationEntry(parseDigest(`sha256:${'0'.repeat(64)}`))]]) }],
    ['a ceremony', { kind: 'ceremony', roles: [] }],
    ['a team', { kind: 'add-signer', signer: 'alice' as RoleName, key: undefined, role: role('team') }],
    ['a threshold', { kind: 'add-signer', signer: 'alice' as RoleName, key: undefined, role: role('alice'), threshold: 2 }],
  ])('refuses %s, and says that it is of the dialect', async (_, change) => {
    await init();
    await expect(publish(change)).rejects.toMatchObject({ code: 'not-in-dialect' });
  });

  it.each([
    ['while its timestamp lasts', 0],
    ['and long after its timestamp has run out, with whoever could sign it', 60],
  ])('that came from another server takes the keys of this one, both at once, before anything else, %s', async (_, days) => {
    const old = await oldRepository({ gun: GUN, now: NOON });
    await old.publish({ entry: 'v1', delegate: 'targets/releases' });
    await old.publish({ releases: [['targets/releases', 'v2']] });
    const body = new FormData();
    for (const [name, bytes] of old.files) body.append('files', new Blob([new Uint8Array(bytes)]), name);
    const address = new URL(`_countersign/v1/repositories/${GUN}/import?unsafe-trust-first-root=true`, there.url);
    expect((await fetch(address, { method: 'POST', body })).status).toBe(200);
    here.believes = { gun: GUN, pins: [], minimum: {}, otherwise: 'unsafe-first-use', binding: 'optional' };
    there.clock.now = here.clock.now = (here.clock.now + days * DAY) as typeof here.clock.now;
    const { root: owner, targets: signs } = old.keys;
    await expect(sign(new Map([['v3', image(3)]]), TARGETS, signs.signer)).rejects.toMatchObject({
      code: days === 0 ? 'refused' : 'expired',
    });
    const before = (await client().standing(GUN, 'online-keys')).roles;
    const published = await publish({ kind: 'rotate', role: 'timestamp', replacement: 'server' }, owner.signer);
    expect([...published.versions.keys()]).toEqual(['root']);
    const { roles } = await standing();
    expect([roles.timestamp.keys, roles.snapshot.keys]).not.toEqual([before.timestamp.keys, before.snapshot.keys]);
    await sign(new Map([['v3', image(3)]]), TARGETS, signs.signer);
    expect((await (await standing()).list()).map(({ path }) => path)).toEqual(['v1', 'v2', 'v3']);
  });

  it('is renewed before it ends', async () => {
    await init();
    there.clock.now = here.clock.now = (here.clock.now + 400 * DAY) as typeof here.clock.now;
    await publish({ kind: 'renew', renew: [TARGETS] });
    expect((await standing()).roles.targets.version).toBe(2);
  });
});

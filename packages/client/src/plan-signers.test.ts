import { type Gun, imageEntry, type PublicKey, parseDigest, parseOwnRoleName, RELEASES, type Signer } from '@countersign/core';
import { generateSigner } from '@countersign/signers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { freshKeys, GUN, type Home, home, initWith, type Keys, NOON, pinnedTo } from '../test/home.ts';
import { closeMachines, type Machine, machine } from '../test/machine.ts';
import type { AddSignerChange, PublishChange, RemoveSignerChange } from './index.ts';

const name = parseOwnRoleName;
const image = (index: number) =>
  imageEntry({
    digest: parseDigest(`sha256:${String(index).repeat(64)}`),
    length: index,
    mediaType: 'application/vnd.oci.image.manifest.v1+json',
  });

let there: Home;
let here: Machine;
let keys: Keys;
let gun: Gun;
beforeEach(async () => {
  there = await home();
  here = await machine(there.url, NOON);
  keys = freshKeys();
  gun = GUN;
  here.believes = pinnedTo((await publish(initWith(keys))).pin);
});
afterEach(async () => {
  await there.close();
  await closeMachines();
});

const publish = (change: PublishChange, signers = keys.all) => here.client().publish(gun, change, signers);
const add = (signer: string, key: PublicKey | undefined, more: Partial<AddSignerChange> = {}): AddSignerChange => ({
  kind: 'add-signer',
  signer: name(signer),
  key,
  role: name(signer),
  ...more,
});
const remove = (signer: string, more: Partial<RemoveSignerChange> = {}): RemoveSignerChange => ({
  kind: 'remove-signer',
  signer: name(signer),
  ...more,
});
const sign = (tag: string, index: number, as: string, signers: readonly Signer[]) =>
  publish({ kind: 'entries', entries: new Map([[tag, image(index)]]), as: name(as) }, signers);
const refresh = () => here.client().refresh(gun);
const rolesNow = async () =>
  (await (await refresh()).delegations()).map(({ role, threshold, holders }) => [role, threshold, ...holders.map((one) => one.name)]);

describe('a signer', () => {
  const [alice, bob, carol] = [generateSigner('ed25519'), generateSigner('ecdsa-p256'), generateSigner('ed25519')];
  const team = name('team');

  it('gets a role of the same name, behind releases, for every tag', async () => {
    const { versions } = await publish(add('ci', alice.key), [keys.targets]);
    expect([...versions]).toEqual([['targets', 2]]);
    const [releases, ci] = await (await refresh()).delegations();
    expect(releases).toMatchObject({ role: 'releases', holders: [{ name: undefined }] });
    expect(ci).toMatchObject({
      role: 'ci',
      paths: ['*'],
      threshold: 1,
      terminating: false,
      holders: [{ name: 'ci', fingerprint: alice.key.fingerprint }],
    });
    await sign('v1', 1, 'ci', [alice]);
    expect(await (await refresh()).find('v1')).toMatchObject({ chain: ['targets', 'ci'] });
  });

  it('joins a team, whose patterns and threshold stay unless they are given', async () => {
    await publish(add('alice', alice.key, { role: team, paths: ['v*'] }), [keys.targets]);
    await publish(add('bob', bob.key, { role: team, threshold: 2 }), [keys.targets]);
    await publish(add('carol', carol.key, { role: team }), [keys.targets]);
    expect(await (await refresh()).delegations()).toMatchObject([{ role: 'releases' }, { role: 'team', paths: ['v*'], threshold: 2 }]);
    expect(await rolesNow()).toEqual([
      ['releases', 1, undefined],
      ['team', 2, 'alice', 'bob', 'carol'],
    ]);
    await sign('v1', 1, 'team', [alice, carol]);
    expect(await (await refresh()).find('v1')).toMatchObject({ signers: [alice.key.fingerprint, carol.key.fingerprint] });
  });

  it('of a name that is known needs no key, and is one person in two teams', async () => {
    await publish(add('alice', alice.key), [keys.targets]);
    await publish(add('alice', undefined, { role: team }), [keys.targets]);
    expect(await rolesNow()).toEqual([
      ['releases', 1, undefined],
      ['alice', 1, 'alice'],
      ['team', 1, 'alice'],
    ]);
    await expect(publish(add('bob', undefined, { role: team }))).rejects.toMatchObject({ code: 'unknown-signer' });
    await expect(publish(add('alice', undefined, { role: team }))).rejects.toMatchObject({ code: 'known-signer' });
  });

  it('is not two people by two names, nor two keys by one', async () => {
    await publish(add('alice', alice.key), [keys.targets]);
    await expect(publish(add('mallory', alice.key, { role: team }))).rejects.toMatchObject({
      code: 'known-signer',
      message: expect.stringContaining('is the key of alice'),
    });
    await expect(publish(add('alice', bob.key, { role: team }))).rejects.toMatchObject({ code: 'known-signer' });
    expect(await rolesNow()).toHaveLength(2);
  });

  it('may give a name to a key that signs already', async () => {
    const { versions } = await publish(add('build', keys.releases.key, { role: RELEASES }), [keys.targets]);
    expect([...versions.keys()]).toEqual(['targets']);
    expect(await rolesNow()).toEqual([['releases', 1, 'build']]);
  });

  it('goes before another role only when that is asked for', async () => {
    await publish(add('alice', alice.key, { role: team, paths: ['v*'], before: RELEASES, terminating: true }), [keys.targets]);
    expect((await rolesNow()).map(([role]) => role)).toEqual(['team', 'releases']);
    const { roles } = await (await refresh()).search('v1');
    expect(roles).toMatchObject([
      { role: 'team', reached: true },
      { role: 'releases', reached: false },
    ]);
    // What releases says of these names, nobody asks.
    await expect(sign('v1', 1, 'releases', [keys.releases])).rejects.toMatchObject({ code: 'shadowed' });
    await sign('nightly', 2, 'releases', [keys.releases]);
    await expect(publish(add('bob', bob.key, { before: name('nobody') }))).rejects.toMatchObject({ code: 'unknown-role' });
  });

  it('is refused where more must sign than can', async () => {
    await expect(publish(add('alice', alice.key, { role: team, threshold: 2 }))).rejects.toMatchObject({
      code: 'impossible-threshold',
      message: 'team would need 2 signatures and have one key',
    });
  });

  it('of a raised threshold waits for what was signed before to be signed by enough', async () => {
    await publish(add('alice', alice.key, { role: team }), [keys.targets]);
    await sign('v1', 1, 'team', [alice]);
    const raised = add('bob', bob.key, { role: team, threshold: 2 });
    await expect(publish(raised, [keys.targets])).rejects.toMatchObject({ code: 'missing-keys', details: { role: 'team' } });
    await publish(raised, [keys.targets, alice, bob]);
    expect(await (await refresh()).find('v1')).toMatchObject({ entry: { length: 1 } });
  });

  it('keeps the name when the key is replaced by another', async () => {
    await publish(add('ci', alice.key), [keys.targets]);
    await publish({ kind: 'rotate', role: name('ci'), replacement: { keys: [bob.key], threshold: 1 } }, [keys.targets]);
    expect((await (await refresh()).delegations())[1]?.holders).toEqual([{ name: 'ci', fingerprint: bob.key.fingerprint }]);
  });

  it('is added beside others who are added at the same time', async () => {
    await publish(add('alice', alice.key, { role: team }), [keys.targets]);
    await Promise.all([
      publish(add('bob', bob.key, { role: team }), [keys.targets]),
      publish(add('carol', carol.key, { role: team }), [keys.targets]),
    ]);
    expect((await (await refresh()).delegations())[1]?.holders.map((one) => one.name).sort()).toEqual(['alice', 'bob', 'carol']);
  });
});

describe('a signer who leaves', () => {
  const [alice, bob] = [generateSigner('ed25519'), generateSigner('ed25519')];
  const team = name('team');
  beforeEach(async () => {
    await publish(add('alice', alice.key, { role: team }), [keys.targets]);
    await publish(add('bob', bob.key, { role: team }), [keys.targets]);
  });

  it('takes key and name along, and nothing else', async () => {
    await sign('v1', 1, 'team', [bob]);
    const { versions } = await publish(remove('alice'), [keys.targets]);
    expect([...versions.keys()]).toEqual(['targets']);
    expect((await rolesNow())[1]).toEqual(['team', 1, 'bob']);
    await expect(sign('v2', 2, 'team', [alice])).rejects.toMatchObject({ code: 'missing-keys' });
    await expect(publish(remove('alice'))).rejects.toMatchObject({ code: 'unknown-signer' });
    await publish(add('alice', alice.key, { role: team }), [keys.targets]);
  });

  it('leaves what only they signed to be signed by somebody who stays', async () => {
    await sign('v1', 1, 'team', [alice]);
    await expect(publish(remove('alice'), [keys.targets])).rejects.toMatchObject({
      code: 'missing-keys',
      details: { role: 'team', missing: [bob.key.fingerprint] },
    });
    const { versions } = await publish(remove('alice'), [keys.targets, bob]);
    expect([...versions.keys()]).toEqual(['targets', 'team']);
    expect(await (await refresh()).find('v1')).toMatchObject({ signers: [bob.key.fingerprint] });
  });

  it('is not let go when too few would stay, unless fewer must sign from then on', async () => {
    await publish(add('alice', undefined, { role: team, threshold: 2 }), [keys.targets]);
    await expect(publish(remove('alice'), [keys.targets])).rejects.toMatchObject({ code: 'impossible-threshold' });
    await publish(remove('alice', { threshold: 1 }), [keys.targets]);
    expect((await rolesNow())[1]).toEqual(['team', 1, 'bob']);
  });

  it('closes the role behind them as the last one, and a role of that name goes on counting when it comes back', async () => {
    await sign('v1', 1, 'team', [alice]);
    await publish(remove('alice'), [keys.targets, bob]);
    await publish(remove('bob'), [keys.targets]);
    expect(await rolesNow()).toEqual([['releases', 1, undefined]]);
    expect(await (await refresh()).find('v1')).toBeUndefined();
    const { versions } = await publish(add('alice', alice.key, { role: team }), [keys.targets, alice]);
    expect(versions.get(team)).toBe(3);
    expect(await (await refresh()).find('v1')).toBeUndefined();
  });

  it('never takes releases away, in which every tag and every denial stands', async () => {
    await publish(add('build', keys.releases.key, { role: RELEASES }), [keys.targets]);
    await expect(publish(remove('build'))).rejects.toMatchObject({ code: 'impossible-threshold' });
  });

  it('leaves one team and stays in the other', async () => {
    await publish(add('alice', undefined), [keys.targets]);
    await publish(remove('alice', { role: team }), [keys.targets]);
    expect(await rolesNow()).toEqual([
      ['releases', 1, undefined],
      ['team', 1, 'bob'],
      ['alice', 1, 'alice'],
    ]);
    await publish(remove('alice'), [keys.targets]);
    expect((await rolesNow()).map(([role]) => role)).toEqual(['releases', 'team']);
  });
});

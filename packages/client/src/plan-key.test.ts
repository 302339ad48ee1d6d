// Keys leave a repository by what they are, wherever it trusts them: against a real server.
import { imageEntry, type PublicKey, parseDigest, parseOwnRoleName, RELEASES, ROOT, type Signer, TARGETS } from '@countersign/core';
import { generateSigner } from '@countersign/signers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { freshKeys, GUN, type Home, home, type Keys, keySet, NOON, pinnedTo } from '../test/home.ts';
import { closeMachines, DAY, type Machine, machine } from '../test/machine.ts';
import type { KeyChange, PublishChange, Published, ReplaceKeyChange, RevokeKeyChange } from './index.ts';

const TEAM = parseOwnRoleName('team');
const digest = parseDigest(`sha256:${'ab'.repeat(32)}`);
const image = imageEntry({ digest, length: 7, mediaType: 'application/vnd.oci.image.manifest.v1+json' });

let there: Home;
let here: Machine;
let keys: Keys;
let [stolen, next, other]: Signer[] = [];
beforeEach(async () => {
  there = await home();
  here = await machine(there.url, NOON);
  keys = freshKeys();
  [stolen, next, other] = [generateSigner('ed25519'), generateSigner('ed25519'), generateSigner('ecdsa-p256')];
});
afterEach(async () => {
  await there.close();
  await closeMachines();
});

const need = (signer: Signer | undefined): Signer => {
  if (signer === undefined) throw new Error('no signer');
  return signer;
};
const old = () => need(stolen).key.fingerprint;
const everybody = () => [...keys.all, need(stolen), need(next), need(other)];
const publish = (change: PublishChange, signers: readonly Signer[] = everybody()): Promise<Published> =>
  here.client().publish(GUN, change, signers);
const replace = (more: Partial<ReplaceKeyChange> = {}): ReplaceKeyChange => ({
  kind: 'replace-key',
  old: old(),
  next: need(next).key,
  root: 'leave',
  ...more,
});
const revoke = (more: Partial<RevokeKeyChange> = {}): RevokeKeyChange => ({ kind: 'revoke-key', old: old(), root: 'leave', ...more });
const plan = (change: KeyChange) => here.client().planKey(GUN, change);
const trusting = async (key: PublicKey): Promise<readonly string[]> =>
  (await here.client().keyUses(GUN, key.fingerprint)).map(({ role }) => role);
const roles = (published: Published): readonly string[] => [...published.versions.keys()];

/** `releases` and `team` trust the stolen key; the root does where it is said. */
async function begin(root: 'in-root' | 'below'): Promise<Published> {
  const targets = root === 'in-root' ? keySet(1, need(stolen)) : keySet(1, keys.targets);
  const released = keySet(1, need(stolen));
  const published = await publish({ kind: 'init', root: keySet(1, keys.root), targets, releases: released });
  here.believes = pinnedTo(published.pin);
  await publish({ kind: 'delegate', role: TEAM, keys: keySet(1, need(other), need(stolen)), paths: ['team-*'], terminating: false });
  await publish({ kind: 'entries', entries: new Map([['v1', image]]) });
  await publish({ kind: 'entries', as: TEAM, entries: new Map([['team-1', image]]) }, [need(other)]);
  return published;
}

describe('a key in the place of another', () => {
  it('takes every role below the root in one upload, and each gets exactly one new version', async () => {
    await begin('below');
    const before = await here.client().refresh(GUN);
    const published = await publish(replace(), [keys.targets, need(next)]);
    expect(Object.fromEntries(published.versions)).toEqual({ targets: before.roles.targets.version + 1, releases: 3 });
    const after = await here.client().refresh(GUN);
    expect(after.record?.seq).toBe((before.record?.seq ?? 0) + 1);
    expect(after.pin).toEqual(before.pin);
    expect(await trusting(need(stolen).key)).toEqual([]);
    expect(await trusting(need(next).key)).toEqual(['releases', 'team']);
    expect(await after.find('v1')).toMatchObject({ signers: [need(next).key.fingerprint] });
    // The team's own key signed: what it said stands, and is not signed again.
    expect(await after.find('team-1')).toMatchObject({ signers: [need(other).key.fingerprint] });
  });

  it('says what the old one had signed', async () => {
    await begin('below');
    const { key } = await publish(replace());
    expect(key?.uses).toMatchObject([
      { role: 'releases', by: 'targets', signed: true, entries: [{ path: 'v1', digest }] },
      { role: 'team', by: 'targets', signed: false, entries: [], threshold: 1 },
    ]);
    expect(key?.left).toEqual([]);
  });

  it('leaves the root alone, and says so, unless it is told otherwise', async () => {
    await begin('in-root');
    const published = await publish(replace());
    expect(roles(published)).toEqual(['targets', 'releases']);
    expect(published.key?.left).toMatchObject([{ role: 'targets', by: 'root' }]);
    expect(await trusting(need(stolen).key)).toEqual(['targets']);
  });

  it('goes into the root with it, in the same upload', async () => {
    await begin('in-root');
    const published = await publish(replace({ root: 'include' }), [keys.root, need(next)]);
    expect(roles(published)).toEqual(['root', 'targets', 'releases']);
    expect(published.key?.left).toEqual([]);
    expect(await trusting(need(stolen).key)).toEqual([]);
    expect((await here.client().refresh(GUN)).roles.root.version).toBe(2);
  });

  it('of the root itself needs both, and a consumer who pinned the first root follows', async () => {
    const shared = keySet(1, need(stolen));
    const { pin } = await publish({ kind: 'init', root: shared, targets: shared, releases: shared });
    here.believes = pinnedTo(pin);
    await expect(publish(replace({ root: 'include' }), [need(next)])).rejects.toMatchObject({ code: 'missing-keys' });
    expect(roles(await publish(replace({ root: 'include' })))).toEqual(['root', 'targets', 'releases']);
    const newcomer = await machine(there.url, NOON);
    newcomer.believes = pinnedTo(pin);
    expect((await newcomer.client().refresh(GUN)).roles.root.keys).toEqual([need(next).key.fingerprint]);
  });

  it('in one role leaves the others', async () => {
    await begin('below');
    expect(roles(await publish(replace({ in: RELEASES })))).toEqual(['targets', 'releases']);
    expect(await trusting(need(stolen).key)).toEqual(['team']);
  });

  it('adds nothing where it is trusted already, so that no threshold is met by fewer people', async () => {
    await begin('below');
    await publish({ kind: 'delegate', role: TEAM, keys: keySet(2, need(next), need(stolen)), paths: ['team-*'], terminating: false });
    await expect(publish(replace())).rejects.toMatchObject({
      code: 'impossible-threshold',
      details: { role: 'team', threshold: 2, left: 1 },
    });
  });

  it('is the same person’s: the name that people know them by goes along', async () => {
    await begin('below');
    const alice = parseOwnRoleName('alice');
    await publish({ kind: 'add-signer', signer: alice, key: need(stolen).key, role: TEAM });
    const names = async () => (await here.client().refresh(GUN)).delegations();
    await publish(replace({ in: RELEASES }));
    expect(JSON.stringify(await names())).toContain('alice');
    await publish(replace());
    expect((await trusting(need(next).key)).join()).toBe('releases,team');
    await publish({ kind: 'remove-signer', signer: alice, role: TEAM });
    expect(await trusting(need(next).key)).toEqual(['releases']);
  });

  it('is found in hash bins, all of which it leaves with the role', async () => {
    const { pin } = await publish({
      kind: 'init',
      root: keySet(1, keys.root),
      targets: keySet(1, keys.targets),
      releases: keySet(1, need(stolen)),
      binBits: 2,
    });
    here.believes = pinnedTo(pin);
    await publish({ kind: 'entries', entries: new Map([['v1', image]]) });
    expect(await trusting(need(stolen).key)).toEqual(['releases', 'r-*']);
    const published = await publish(replace({ in: RELEASES }), [keys.targets, need(next)]);
    expect(roles(published)).toEqual(['targets', 'releases', 'r-0', 'r-1', 'r-2', 'r-3']);
    expect(published.key?.uses.flatMap(({ entries }) => entries)).toEqual([{ path: 'v1', digest }]);
    expect(await trusting(need(stolen).key)).toEqual([]);
    expect(await trusting(need(next).key)).toEqual(['releases', 'r-*']);
    expect(await (await here.client().refresh(GUN)).find('v1')).toMatchObject({ signers: [need(next).key.fingerprint] });
  });

  it('and is left in bins where another role is meant; both can be renewed after they expired', async () => {
    const released = keySet(1, need(stolen));
    const { pin } = await publish({ kind: 'init', root: keySet(1, keys.root), targets: released, releases: released, binBits: 1 });
    here.believes = pinnedTo(pin);
    const { left } = await plan(replace({ in: TARGETS }));
    expect(left.map(({ role, by, bins }) => [role, by, bins])).toEqual([
      ['targets', 'root', false],
      ['releases', 'targets', false],
      ['r-*', 'releases', true],
    ]);
    for (const clock of [here.clock, there.clock]) clock.now = (clock.now + 400 * DAY) as typeof clock.now;
    await expect(here.client().refresh(GUN)).rejects.toMatchObject({ code: 'expired' });
    const published = await publish({ kind: 'renew', renew: [TARGETS, RELEASES] });
    expect(roles(published)).toEqual(['targets', 'releases', 'r-0', 'r-1']);
    expect(await (await here.client().refresh(GUN)).find('v1')).toBeUndefined();
  });

  it('is done where nothing is left to do', async () => {
    await begin('below');
    await publish(replace());
    const before = await here.client().refresh(GUN);
    expect(roles(await publish(replace()))).toEqual([]);
    expect((await here.client().refresh(GUN)).record).toEqual(before.record);
  });
});

describe('a key that is taken away', () => {
  it('is refused where nobody could sign any more, and nothing is changed', async () => {
    await begin('below');
    await expect(publish(revoke())).rejects.toMatchObject({
      code: 'impossible-threshold',
      details: { role: 'releases', threshold: 1, left: 0 },
    });
    expect(await trusting(need(stolen).key)).toEqual(['releases', 'team']);
  });

  it('leaves the others and the threshold; a role that only it had signed is signed anew by those', async () => {
    await begin('below');
    const both = keySet(1, need(stolen), keys.releases);
    await publish({ kind: 'rotate', role: RELEASES, replacement: both });
    await publish({ kind: 'entries', entries: new Map([['v2', image]]) }, [need(stolen)]);
    const published = await publish(revoke(), [keys.targets, keys.releases]);
    expect(roles(published)).toEqual(['targets', 'releases']);
    expect(published.key?.uses[0]?.entries.map(({ path }) => path)).toEqual(['v1', 'v2']);
    const repository = await here.client().refresh(GUN);
    expect(await repository.find('v2')).toMatchObject({ signers: [keys.releases.key.fingerprint] });
    expect(await trusting(need(stolen).key)).toEqual([]);
  });

  it('may lower a threshold that is named, of a role that it leaves', async () => {
    await begin('below');
    await publish({ kind: 'rotate', role: RELEASES, replacement: keySet(2, need(stolen), keys.releases) });
    await expect(publish(revoke())).rejects.toMatchObject({ code: 'impossible-threshold' });
    await expect(publish(revoke({ thresholds: new Map([[RELEASES, 3]]) }))).rejects.toMatchObject({ code: 'impossible-threshold' });
    await expect(publish(revoke({ thresholds: new Map([[TARGETS, 1]]) }))).rejects.toMatchObject({ code: 'unknown-role' });
    await publish(revoke({ thresholds: new Map([[RELEASES, 1]]) }));
    const [released] = await (await here.client().refresh(GUN)).delegations();
    expect(released).toMatchObject({ role: 'releases', threshold: 1, keys: [keys.releases.key.fingerprint] });
  });

  it('may lower a threshold wherever too few keys would be left, and nowhere else', async () => {
    await begin('below');
    await publish({ kind: 'rotate', role: RELEASES, replacement: keySet(2, need(stolen), keys.releases) });
    await publish({ kind: 'rotate', role: TEAM, replacement: keySet(2, need(stolen), need(other), need(next)) });
    const thresholdsWhereTooFew = new Map([RELEASES, TEAM, TARGETS].map((role) => [role, 1]));
    expect((await plan(revoke({ thresholdsWhereTooFew }))).lowered).toEqual([{ role: RELEASES, threshold: 1 }]);
    await publish(revoke({ thresholdsWhereTooFew }));
    expect(await (await here.client().refresh(GUN)).delegations()).toMatchObject([
      { role: 'releases', threshold: 1 },
      { role: 'team', threshold: 2 },
    ]);
    // Done already: the same words again change nothing, where `thresholds` would miss the role.
    expect((await publish(revoke({ thresholdsWhereTooFew }))).versions.size).toBe(0);
  });

  it('is told which signatures it needs before anybody is asked', async () => {
    await begin('in-root');
    const { touched, uses } = await plan(replace({ root: 'include' }));
    expect(touched).toMatchObject([
      { role: ROOT, version: 2, needs: [{ threshold: 1, keys: [keys.root.key.fingerprint] }, { keys: [keys.root.key.fingerprint] }] },
      { role: TARGETS, needs: [{ threshold: 1, keys: [need(next).key.fingerprint] }] },
      { role: RELEASES, needs: [{ threshold: 1, keys: [need(next).key.fingerprint] }] },
    ]);
    expect(uses.map(({ role, by }) => [role, by])).toEqual([
      ['targets', 'root'],
      ['releases', 'targets'],
      ['team', 'targets'],
    ]);
  });

  it('never is a key of the server: those follow another way, and are told as left', async () => {
    await begin('below');
    const { roles: facts } = await here.client().refresh(GUN);
    const [snapshot] = facts.snapshot.keys;
    if (snapshot === undefined) throw new Error('no key');
    const { touched, left } = await plan(revoke({ old: snapshot, root: 'include' }));
    expect(touched).toEqual([]);
    expect(left).toMatchObject([{ role: 'snapshot', by: 'root' }]);
  });
});

it('the names that the server lists are those of all pages', async () => {
  await begin('below');
  expect(await here.client().repositories()).toEqual([GUN]);
});

import {
  fileEntry,
  imageEntry,
  parseDigest,
  parseGun,
  parseOwnRoleName,
  RELEASES,
  ROOT,
  revocationEntry,
  revocationPath,
  TARGETS,
} from '@countersign/core';
import { generateSigner } from '@countersign/signers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { freshKeys, GUN, type Home, home, initWith, type Keys, keySet, NOON, pinnedTo } from '../test/home.ts';
import { closeMachines, DAY, failure, type Machine, machine, noRegistry } from '../test/machine.ts';
import type { PublishChange, Published } from './index.ts';

const MANIFEST = 'application/vnd.oci.image.manifest.v1+json';
const digestOfTag = (index: number) => parseDigest(`sha256:${index.toString(16).padStart(64, '0')}`);
const image = (index: number) => imageEntry({ digest: digestOfTag(index), length: 100 + index, mediaType: MANIFEST });
const entries = (changes: Readonly<Record<string, ReturnType<typeof image> | undefined>>, as?: string): PublishChange => ({
  kind: 'entries',
  entries: new Map(Object.entries(changes)),
  ...(as === undefined ? {} : { as: as === 'targets' ? TARGETS : parseOwnRoleName(as) }),
});

let there: Home;
let here: Machine;
let keys: Keys;
beforeEach(async () => {
  there = await home();
  here = await machine(there.url, NOON);
  keys = freshKeys();
});
afterEach(async () => {
  await there.close();
  await closeMachines();
});

const publish = (change: PublishChange, signers = keys.all): Promise<Published> => here.client().publish(GUN, change, signers);
const init = async (): Promise<Published> => {
  const published = await publish(initWith(keys));
  here.believes = pinnedTo(published.pin);
  return published;
};
const find = async (path: string) => (await here.client().refresh(GUN)).find(path);
const advance = (days: number): void => {
  there.clock.now = here.clock.now = (here.clock.now + days * DAY) as typeof here.clock.now;
};

describe('a first publish', () => {
  it('answers the pin that consumers must be told, and stands under it', async () => {
    const published = await init();
    expect(published.pin).toMatchObject({ by: 'digest', version: 1 });
    expect([...published.versions]).toEqual([
      ['root', 1],
      ['targets', 1],
      ['releases', 1],
    ]);
    const repository = await here.client().refresh(GUN);
    expect(repository).toMatchObject({ identity: published.repository, bound: true, pin: published.pin, record: { seq: 1 } });
    expect(repository.roles.targets).toMatchObject({ version: 1, threshold: 1, keys: [keys.targets.key.fingerprint] });
    expect(await repository.delegations()).toMatchObject([
      { role: 'releases', delegator: 'targets', paths: ['*', '.revoked/*'], published: { version: 1 }, problem: undefined },
    ]);
    expect(await repository.list()).toEqual([]);
  });

  it('is refused where a repository stands already', async () => {
    await init();
    await expect(publish(initWith(freshKeys()))).rejects.toMatchObject({ code: 'exists' });
  });

  it('names the keys that are missing', async () => {
    await expect(publish(initWith(keys), [keys.root, keys.releases])).rejects.toMatchObject({
      code: 'missing-keys',
      details: { role: 'targets', missing: [keys.targets.key.fingerprint] },
    });
  });

  it('gives every repository an id of its own', async () => {
    const first = await init();
    const second = await here
      .client()
      .publish(parseGun('registry.example.com/team/other'), initWith(freshKeys()), keys.all)
      .catch(() => undefined);
    expect(second).toBeUndefined();
    const other = freshKeys();
    const third = await here.client().publish(parseGun('registry.example.com/team/other'), initWith(other), other.all);
    expect(third.repository).not.toBe(first.repository);
  });
});

describe('entries', () => {
  beforeEach(init);

  it('are found by whoever refreshes, until they are removed', async () => {
    const published = await publish(entries({ v1: image(1), v2: image(2) }));
    expect([...published.versions]).toEqual([['releases', 2]]);
    expect(await find('v1')).toMatchObject({
      entry: { length: 101 },
      chain: ['targets', 'releases'],
      signers: [keys.releases.key.fingerprint],
    });
    await publish(entries({ v1: undefined, v2: image(3) }));
    expect(await find('v1')).toBeUndefined();
    const listed = await (await here.client().refresh(GUN)).list();
    expect(listed).toMatchObject([{ path: 'v2', digest: digestOfTag(3), role: 'releases' }]);
  });

  it('need the keys of their role, whatever else is at hand', async () => {
    await expect(publish(entries({ v1: image(1) }), [keys.root, keys.targets])).rejects.toMatchObject({
      code: 'missing-keys',
      details: { role: 'releases', threshold: 1, present: [], missing: [keys.releases.key.fingerprint] },
    });
  });

  it('are refused when a search would find another role first', async () => {
    await publish(entries({ v1: image(1) }, 'targets'));
    await expect(publish(entries({ v1: image(2) }))).rejects.toMatchObject({ code: 'shadowed', details: { path: 'v1', role: 'targets' } });
  });

  it('are refused when no delegation covers their path', async () => {
    await expect(publish(entries({ 'deep/path': image(1) }))).rejects.toMatchObject({
      code: 'shadowed',
      message: 'deep/path: a search for it does not reach releases, which may sign * .revoked/*',
      details: { paths: ['*', '.revoked/*'] },
    });
  });

  it('are not removed while another role keeps them', async () => {
    await publish(entries({ v1: image(1) }));
    await publish({ kind: 'delegate', role: parseOwnRoleName('team'), keys: keySet(1, keys.targets), paths: ['v*'], terminating: false });
    await publish(entries({ v1: image(1) }, 'targets'));
    await expect(publish(entries({ v1: undefined }, 'targets'))).rejects.toMatchObject({ code: 'shadowed', details: { role: 'releases' } });
  });

  it('go one role after the other, the one behind first', async () => {
    await publish(entries({ v1: image(1) }));
    await publish(entries({ v1: image(2) }, 'targets'));
    const holders = async () => (await here.client().refresh(GUN)).holders('v1');
    expect(await holders()).toEqual(['targets', 'releases']);
    await publish(entries({ v1: undefined }));
    expect(await find('v1')).toMatchObject({ chain: ['targets'] });
    await publish(entries({ v1: undefined }, 'targets'));
    expect(await holders()).toEqual([]);
    expect(await find('v1')).toBeUndefined();
  });

  it('are refused for a role that nobody delegates to', async () => {
    await expect(publish(entries({ v1: image(1) }, 'nobody'))).rejects.toMatchObject({ code: 'unknown-role' });
  });

  it('with names that clients read differently are refused before anything is signed', async () => {
    await expect(publish(entries({ '../v1': image(1) }))).rejects.toMatchObject({ code: 'invalid-name' });
  });

  it('of a file hold against its bytes', async () => {
    const bytes = new TextEncoder().encode('hello');
    const digest = parseDigest('sha256:2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824');
    await publish(entries({ 'hello.txt': fileEntry({ digest, length: 5 }) }));
    const client = here.client();
    expect(await client.verifyFile(GUN, 'hello.txt', { bytes })).toMatchObject({
      digest,
      length: 5,
      name: 'hello.txt',
      mediaType: undefined,
    });
    expect(await client.verifyFile(GUN, 'hello.txt', { digest, length: 5 })).toMatchObject({ digest });
    await expect(client.verifyFile(GUN, 'hello.txt', { digest, length: 6 })).rejects.toMatchObject({ code: 'mismatch' });
    await expect(client.verifyFile(GUN, 'hello.txt', { bytes: bytes.slice(1) })).rejects.toMatchObject({ code: 'mismatch' });
    await expect(client.verify({ gun: GUN, tag: 'hello.txt' }, noRegistry)).rejects.toMatchObject({ code: 'wrong-kind' });
  });

  it('of a digest that is denied are refused, under whatever name', async () => {
    await publish(entries({ [revocationPath(digestOfTag(1))]: revocationEntry(digestOfTag(1)) }));
    await expect(publish(entries({ v1: image(1) }))).rejects.toMatchObject({ code: 'revoked', details: { digest: digestOfTag(1) } });
    await publish(entries({ [revocationPath(digestOfTag(1))]: revocationEntry(digestOfTag(1)), v2: image(2) }));
    expect(await find('v1')).toBeUndefined();
  });

  it('can be signed again after they expired', async () => {
    await publish(entries({ v1: image(1) }));
    advance(400);
    await expect(find('v1')).rejects.toMatchObject({ code: 'expired' });
    // Both roles have expired. Each is renewed by its own keys, in any order.
    await publish(entries({}), [keys.releases]);
    await publish(entries({}, 'targets'), [keys.targets]);
    expect(await find('v1')).toMatchObject({ entry: { length: 101 } });
  });
});

describe('renewal', () => {
  beforeEach(async () => {
    await init();
    await publish(entries({ v1: image(1) }));
  });

  it('goes along with what is published, so that a year later one upload is enough', async () => {
    advance(367);
    const client = here.client();
    await expect(client.refresh(GUN)).rejects.toMatchObject({ code: 'expired' });
    const standing = await client.standing(GUN);
    expect(standing.roles.targets.expires).toBeLessThan(here.clock.now);
    expect(await standing.delegations()).toMatchObject([{ role: 'releases', problem: undefined, published: { version: 2 } }]);
    // What was read for publishing is no verification.
    await expect(client.refresh(GUN)).rejects.toMatchObject({ code: 'expired' });
    const change = entries({ v2: image(2) });
    const published = await client.publish(GUN, { ...change, renew: [TARGETS] } as PublishChange, [keys.targets, keys.releases]);
    expect([...published.versions]).toEqual([
      ['releases', 3],
      ['targets', 2],
    ]);
    expect(await find('v2')).toMatchObject({ entry: { length: 102 } });
  });

  it('of every role needs nothing but its keys, also when all of them expired', async () => {
    advance(800);
    await expect(publish({ kind: 'renew', renew: [TARGETS] })).rejects.toMatchObject({ code: 'expired' });
    await expect(publish({ kind: 'renew', renew: [ROOT, TARGETS] }, [keys.root])).rejects.toMatchObject({ code: 'missing-keys' });
    const published = await publish({ kind: 'renew', renew: [ROOT, TARGETS, RELEASES] });
    expect([...published.versions]).toEqual([
      ['root', 2],
      ['targets', 2],
      ['releases', 3],
    ]);
    expect(await find('v1')).toMatchObject({ entry: { length: 101 } });
  });

  it('of what expired does not excuse the server', async () => {
    here.clock.now = (here.clock.now + 400 * DAY) as typeof here.clock.now;
    await expect(here.client().standing(GUN)).rejects.toMatchObject({ code: 'expired', message: expect.stringContaining('timestamp') });
  });
});

describe('rotation', () => {
  beforeEach(async () => {
    await init();
    await publish(entries({ v1: image(1) }));
    await find('v1');
  });

  it('of the root is signed by old and new, and followed by machines that hold the old pin', async () => {
    const next = generateSigner('ed25519');
    const change: PublishChange = { kind: 'rotate', role: 'root', replacement: keySet(1, next) };
    await expect(publish(change)).rejects.toMatchObject({ code: 'missing-keys' });
    await expect(publish(change, [next])).rejects.toMatchObject({ code: 'missing-keys' });
    const published = await publish(change, [keys.root, next]);
    expect(published.pin.version).toBe(2);
    expect(await here.client().refresh(GUN)).toMatchObject({
      pin: published.pin,
      roles: { root: { version: 2, keys: [next.key.fingerprint] } },
    });
  });

  it('of targets uploads root and targets together', async () => {
    const next = generateSigner('ed25519');
    const published = await publish({ kind: 'rotate', role: 'targets', replacement: keySet(1, next) }, [keys.root, next]);
    expect([...published.versions]).toEqual([
      ['root', 2],
      ['targets', 2],
    ]);
    expect(await find('v1')).toMatchObject({ entry: { length: 101 } });
  });

  it('of releases signs it anew only when its signatures no longer suffice', async () => {
    const alice = generateSigner('ecdsa-p256');
    const added = await publish({ kind: 'rotate', role: RELEASES, replacement: keySet(1, keys.releases, alice) }, [keys.targets]);
    expect([...added.versions.keys()]).toEqual(['targets']);
    await publish(entries({ v2: image(2) }), [alice]);
    const replaced = { kind: 'rotate', role: RELEASES, replacement: keySet(1, keys.releases) } as const;
    await expect(publish(replaced, [keys.targets])).rejects.toMatchObject({ code: 'missing-keys', details: { role: 'releases' } });
    const removed = await publish(replaced, [keys.targets, keys.releases]);
    expect([...removed.versions.keys()]).toEqual(['targets', 'releases']);
    await expect(publish(entries({ v3: image(3) }), [alice])).rejects.toMatchObject({ code: 'missing-keys' });
    expect(await find('v2')).toMatchObject({ entry: { length: 102 } });
  });

  it.each(['snapshot', 'timestamp'] as const)('of the %s key names the next generation', async (role) => {
    const before = (await here.client().refresh(GUN)).roles[role].keys;
    await publish({ kind: 'rotate', role, replacement: 'server' }, [keys.root]);
    const after = (await here.client().refresh(GUN)).roles[role].keys;
    expect(after).not.toEqual(before);
    expect(await find('v1')).toMatchObject({ entry: { length: 101 } });
  });

  it('of an expired root is a renewal', async () => {
    advance(800);
    await expect(find('v1')).rejects.toMatchObject({ code: 'expired' });
    await publish({ kind: 'rotate', role: 'targets', replacement: keySet(1, keys.targets) });
    await publish(entries({}));
    expect(await find('v1')).toMatchObject({ entry: { length: 101 } });
  });
});

describe('delegation', () => {
  const team = parseOwnRoleName('team');
  beforeEach(init);

  it('lets others sign under their own name and threshold', async () => {
    const [alice, bob] = [generateSigner('ed25519'), generateSigner('ed25519')];
    const two = keySet(2, alice, bob);
    await publish({ kind: 'delegate', role: team, keys: two, paths: ['team-*'], terminating: true }, [keys.targets]);
    await expect(publish(entries({ 'team-v1': image(7) }, 'team'), [alice])).rejects.toMatchObject({
      code: 'missing-keys',
      details: { threshold: 2, present: [alice.key.fingerprint], missing: [bob.key.fingerprint] },
    });
    // `releases` covers every tag and comes first, but holds no such entry.
    await publish(entries({ 'team-v1': image(7) }, 'team'), [bob, alice]);
    expect(await find('team-v1')).toMatchObject({ chain: ['targets', 'team'], signers: [alice.key.fingerprint, bob.key.fingerprint] });
  });

  it('can be taken away, and given again to somebody else', async () => {
    const [alice, bob] = [generateSigner('ed25519'), generateSigner('ed25519')];
    await publish({ kind: 'delegate', role: team, keys: keySet(1, alice), paths: ['*'], terminating: false });
    await publish(entries({ v1: image(1) }, 'team'), [alice]);
    await publish({ kind: 'undelegate', role: team });
    expect(await find('v1')).toBeUndefined();
    await expect(publish({ kind: 'undelegate', role: team })).rejects.toMatchObject({ code: 'unknown-role' });
    const again = await publish({ kind: 'delegate', role: team, keys: keySet(1, bob), paths: ['*'], terminating: false }, [
      keys.targets,
      bob,
    ]);
    expect([...again.versions]).toEqual([
      ['targets', 4],
      ['team', 2],
    ]);
    expect(await find('v1')).toBeUndefined();
    await publish(entries({ v1: image(2) }, 'team'), [bob]);
    expect(await find('v1')).toMatchObject({ entry: { length: 102 } });
  });
});

describe('many publishers at once', () => {
  it('all get through, and every entry stands', async () => {
    await init();
    const racers = Array.from({ length: 16 }, (_, index) => publish(entries({ [`v${index}`]: image(index) })));
    await Promise.all(racers);
    const listed = await (await here.client().refresh(GUN)).list();
    expect(listed.map(({ path }) => path)).toEqual(Array.from({ length: 16 }, (_, index) => `v${index}`).sort());
    expect((await here.client().refresh(GUN)).roles.snapshot.version).toBe(17);
  });

  it('give up at the deadline and say so', async () => {
    await init();
    const tooLate = here.client({ publishDeadlineMs: 0 });
    const outcomes = await Promise.all([0, 1, 2].map((index) => failure(tooLate.publish(GUN, entries({ v1: image(index) }), keys.all))));
    expect(outcomes.filter((outcome) => outcome === undefined)).toHaveLength(1);
    for (const outcome of outcomes) if (outcome !== undefined) expect(outcome).toMatchObject({ name: 'PublishError', code: 'conflict' });
  });
});

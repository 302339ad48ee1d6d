import { fileEntry, imageEntry, parseDigest, parseRoleName, RELEASES, ROOT, TARGETS } from '@countersign/core';
import { generateSigner } from '@countersign/signers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { freshKeys, GUN, type Home, home, initWith, type Keys, keySet, NOON, pinnedTo } from '../test/home.ts';
import { closeMachines, failure, type Machine, machine } from '../test/machine.ts';
import type { BadDraft, Proposal, TrustClient } from './index.ts';

const [alice, bob, carol, stranger] = ['ed25519', 'ecdsa-p256', 'ed25519', 'ed25519'].map((kind) =>
  generateSigner(kind === 'ed25519' ? 'ed25519' : 'ecdsa-p256'),
) as [
  ReturnType<typeof generateSigner>,
  ReturnType<typeof generateSigner>,
  ReturnType<typeof generateSigner>,
  ReturnType<typeof generateSigner>,
];
const image = imageEntry({
  digest: parseDigest(`sha256:${'1'.repeat(64)}`),
  length: 5,
  mediaType: 'application/vnd.oci.image.index.v1+json',
});

let server: Home;
let keys: Keys;
const people: Machine[] = [];
afterEach(async () => {
  people.length = 0;
  await closeMachines();
  await server.close();
});

/** A repository whose `releases` asks for two of three people. */
beforeEach(async () => {
  server = await home();
  keys = freshKeys();
  const first = await machine(server.url, NOON);
  const pin = (await first.client().publish(GUN, { ...initWith(keys), releases: keySet(2, alice, bob, carol) }, [...keys.all, alice, bob]))
    .pin;
  for (let index = 0; index < 3; index += 1) {
    const person = await machine(server.url, NOON);
    person.believes = pinnedTo(pin);
    people.push(person);
  }
});

const client = (index: number): TrustClient => {
  const person = people[index];
  if (person === undefined) throw new Error('nobody');
  return person.client();
};
const only = (found: readonly (Proposal | BadDraft)[]): Proposal => {
  const [first] = found;
  if (first === undefined || 'problem' in first) throw new Error(`no proposal: ${String(first?.problem)}`);
  return first;
};
const adding = (tag: string) => ({ kind: 'entries', entries: new Map([[tag, image]]) }) as const;

describe('a role that two of three sign', () => {
  it('is drafted by one, signed by another on another machine, and published by a third', async () => {
    const half = only(await client(0).propose(GUN, adding('v1'), [alice]));
    expect(half).toMatchObject({
      role: RELEASES,
      version: 2,
      complete: false,
      needed: [{ threshold: 2, signed: [alice.key.fingerprint] }],
    });
    await client(0).offer(GUN, { name: half.role, bytes: half.bytes });
    expect(await client(1).pending(GUN)).toMatchObject([{ role: RELEASES, version: 2, signed: half.signed }]);

    const seen = only(await client(1).proposals(GUN));
    expect(seen.difference).toMatchObject({
      kind: 'targets',
      entries: [{ path: 'v1', before: undefined, after: { length: 5 } }],
      delegations: [],
    });
    const both = await client(1).endorse(seen, [bob]);
    expect(both.complete).toBe(true);
    await client(1).offer(GUN, { name: both.role, bytes: both.bytes });

    const last = only(await client(2).proposals(GUN));
    const published = await client(2).publishDrafts(GUN, new Map([[RELEASES, [last.bytes]]]));
    expect(published.versions).toEqual(new Map([[RELEASES, 2]]));
    expect((await (await client(2).refresh(GUN)).find('v1'))?.entry.length).toBe(5);
    expect(await client(2).pending(GUN)).toEqual([]);
  });

  it('is not published half-signed, and it is told who has not signed', async () => {
    const half = only(await client(0).propose(GUN, adding('v1'), [alice]));
    const refused = await failure(client(0).publishDrafts(GUN, new Map([[RELEASES, [half.bytes]]])));
    expect(refused).toMatchObject({ code: 'missing-keys', details: { missing: [bob.key.fingerprint, carol.key.fingerprint] } });
  });

  it('takes copies that were signed apart', async () => {
    const half = only(await client(0).propose(GUN, adding('v1'), [alice]));
    const [first] = await client(1).judge(GUN, new Map([[RELEASES, [half.bytes]]]));
    if (first === undefined) throw new Error('not judged');
    const other = await client(1).endorse({ ...first, bytes: first.bytes }, [carol]);
    await client(2).publishDrafts(GUN, new Map([[RELEASES, [half.bytes, other.bytes]]]));
    expect((await client(2).refresh(GUN)).roles.root.version).toBe(1);
  });

  it('is signed by nobody whom it does not name', async () => {
    const half = only(await client(0).propose(GUN, adding('v1'), [alice]));
    expect(await failure(client(0).endorse(half, [stranger]))).toMatchObject({ code: 'missing-keys' });
  });

  it('is overtaken by whatever is published first', async () => {
    const half = only(await client(0).propose(GUN, adding('v1'), [alice]));
    await client(1).publish(GUN, adding('v2'), [bob, carol]);
    const late = new Map([[RELEASES, [half.bytes]]]);
    expect(await failure(client(2).judge(GUN, late))).toMatchObject({ code: 'overtaken', details: { wanted: 3, got: 2 } });
  });

  it('has one draft at a time, until it is withdrawn', async () => {
    const one = only(await client(0).propose(GUN, adding('v1'), [alice]));
    const other = only(await client(1).propose(GUN, adding('v2'), [bob]));
    await client(0).offer(GUN, { name: one.role, bytes: one.bytes });
    const offered = { name: other.role, bytes: other.bytes };
    expect(await failure(client(1).offer(GUN, offered))).toMatchObject({ code: 'refused', details: { code: 'other-draft' } });
    await client(1).withdraw(GUN, RELEASES, one.signed);
    await client(1).offer(GUN, offered);
    expect(only(await client(2).proposals(GUN)).signed).toBe(other.signed);
  });
});

describe('a root that two of three sign', () => {
  const ceremony = { kind: 'rotate', role: 'root', replacement: keySet(2, alice, bob, carol) } as const;

  it('needs the old threshold and the new one', async () => {
    const half = only(await client(0).propose(GUN, ceremony, [keys.root]));
    expect(half.needed).toMatchObject([
      { threshold: 1, signed: [keys.root.key.fingerprint] },
      { threshold: 2, signed: [] },
    ]);
    expect(half.difference).toMatchObject({
      kind: 'root',
      names: [GUN],
      roles: [{ role: 'root', added: [alice, bob, carol].map(({ key }) => key.fingerprint), removed: [keys.root.key.fingerprint] }],
    });
    const one = await client(1).endorse(half, [alice]);
    expect(await failure(client(1).publishDrafts(GUN, new Map([[ROOT, [one.bytes]]])))).toMatchObject({ code: 'missing-keys' });
    const two = await client(2).endorse(one, [bob]);
    await client(2).publishDrafts(GUN, new Map([[ROOT, [two.bytes]]]));
    expect((await client(0).refresh(GUN)).roles.root).toMatchObject({ version: 2, threshold: 2 });
  });

  it('comes with targets when their keys change, which the new key signs before it stands', async () => {
    const change = { kind: 'rotate', role: 'targets', replacement: keySet(1, alice) } as const;
    const drafted = await client(0).propose(GUN, change, [keys.root]);
    expect(drafted.map(({ role, complete }) => [role, complete])).toEqual([
      [ROOT, true],
      [TARGETS, false],
    ]);
    const [root, targets] = drafted;
    if (root === undefined || targets === undefined) throw new Error('two drafts');
    await client(0).offer(GUN, { name: root.role, bytes: root.bytes });
    const [, waiting] = await client(1).judge(
      GUN,
      new Map([
        [ROOT, [root.bytes]],
        [TARGETS, [targets.bytes]],
      ]),
    );
    if (waiting === undefined) throw new Error('two drafts');
    const signed = await client(1).endorse(waiting, [alice]);
    await client(1).offer(GUN, { name: signed.role, bytes: signed.bytes });
    const both = await client(2).proposals(GUN);
    const drafts = both.map((one) => [one.role, 'problem' in one ? [] : [one.bytes]] as const);
    await client(2).publishDrafts(GUN, new Map(drafts));
    expect((await client(0).refresh(GUN)).roles).toMatchObject({
      root: { version: 2 },
      targets: { version: 2, signers: [alice.key.fingerprint] },
    });
  });
});

it('a delegation that waits brings keys that sign its role before it stands', async () => {
  const team = parseRoleName('team');
  const change = { kind: 'delegate', role: team, keys: keySet(1, alice), paths: ['team-*'], terminating: false } as const;
  const targets = only(await client(0).propose(GUN, change, []));
  expect(targets).toMatchObject({
    role: TARGETS,
    complete: false,
    difference: { delegations: [{ role: team, before: undefined, after: { threshold: 1 } }] },
  });
  const entries = new Map([['team-1', fileEntry({ digest: parseDigest(`sha256:${'2'.repeat(64)}`), length: 3 })]]);
  const both = new Map([[TARGETS, [(await client(0).endorse(targets, [keys.targets])).bytes]]]);
  await client(0).publishDrafts(GUN, both);
  await client(1).publish(GUN, { kind: 'entries', entries, as: team }, [alice]);
  expect((await (await client(2).refresh(GUN)).find('team-1'))?.entry.length).toBe(3);
});

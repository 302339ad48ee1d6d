import {
  type Digest,
  fileEntry,
  parseDigest,
  parseRoleName,
  RELEASES,
  type RoleName,
  revocationEntry,
  revocationPath,
  type TargetEntry,
} from '@countersign/core';
import { generateSigner } from '@countersign/signers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { freshKeys, GUN, type Home, home, initWith, type Keys, keySet, NOON, pinnedTo } from '../test/home.ts';
import { closeMachines, failure, type Machine, machine } from '../test/machine.ts';
import type { BadDraft, Proposal, TrustClient } from './index.ts';

const [alice, bob] = [generateSigner('ed25519'), generateSigner('ed25519')];
const team = parseRoleName('team');
const digest = (digit: string): Digest => parseDigest(`sha256:${digit.repeat(64)}`);
const file = (digit: string): TargetEntry => fileEntry({ digest: digest(digit), length: 3 });
const entries = (as: RoleName, said: Record<string, TargetEntry | undefined>) =>
  ({ kind: 'entries', as, entries: new Map(Object.entries(said)) }) as const;

let server: Home;
let keys: Keys;
let person: Machine;
const client = (): TrustClient => person.client();

/** `releases` takes alice and bob; `team`, which is asked before it, is signed by one key. */
beforeEach(async () => {
  server = await home();
  keys = freshKeys();
  person = await machine(server.url, NOON);
  const { pin } = await client().publish(GUN, { ...initWith(keys), releases: keySet(2, alice, bob) }, [...keys.all, alice, bob]);
  person.believes = pinnedTo(pin);
  const delegate = { kind: 'delegate', role: team, keys: keySet(1, keys.releases), paths: ['*'], terminating: false, before: RELEASES };
  await client().publish(GUN, { ...delegate, kind: 'delegate' }, [keys.targets]);
});
afterEach(async () => {
  await closeMachines();
  await server.close();
});

const only = (found: readonly (Proposal | BadDraft)[]): Proposal => {
  const [first] = found;
  if (first === undefined || 'problem' in first) throw new Error(`no proposal: ${String(first?.problem)}`);
  return first;
};
const byTeam = (said: Record<string, TargetEntry | undefined>) => client().publish(GUN, entries(team, said), [keys.releases]);
const denial = (digit: string) => ({ [revocationPath(digest(digit))]: revocationEntry(digest(digit)) });

/** Alice has signed a half, and only then does something come that stands against it. */
async function overtakenBy(change: () => Promise<unknown>, said: Record<string, TargetEntry | undefined>): Promise<Proposal> {
  const half = only(await client().propose(GUN, entries(RELEASES, said), [alice]));
  await client().offer(GUN, { name: half.role, bytes: half.bytes });
  await change();
  return half;
}

describe('nobody signs the other half of a draft', () => {
  it('of a name that a role in front has taken since', async () => {
    await overtakenBy(() => byTeam({ v1: file('2') }), { v1: file('1') });
    const waiting = only(await client().proposals(GUN));
    expect(waiting.objection).toMatchObject({ code: 'shadowed', details: { path: 'v1', role: team } });
    expect(await failure(client().endorse(waiting, [bob]))).toMatchObject({ code: 'shadowed' });
  });

  it('of a digest that was denied since', async () => {
    await client().publish(
      GUN,
      { kind: 'delegate', role: team, keys: keySet(1, keys.releases), paths: ['*', '.revoked/*'], terminating: false, before: RELEASES },
      [keys.targets, keys.releases],
    );
    await overtakenBy(() => byTeam(denial('1')), { v1: file('1') });
    const waiting = only(await client().proposals(GUN));
    expect(await failure(client().endorse(waiting, [bob]))).toMatchObject({ code: 'revoked', details: { role: team } });
  });
});

it('a draft that is complete is not published once its name was taken in front of it, also when nobody signs it here', async () => {
  const half = only(await client().propose(GUN, entries(RELEASES, { v1: file('1') }), [alice]));
  const whole = await client().endorse(half, [bob]);
  await byTeam({ v1: file('2') });
  const drafts = new Map([[RELEASES, [whole.bytes]]]);
  expect(await failure(client().publishDrafts(GUN, drafts))).toMatchObject({ code: 'shadowed', details: { path: 'v1', role: team } });
  await byTeam({ v1: undefined });
  expect((await client().publishDrafts(GUN, drafts)).versions).toEqual(new Map([[RELEASES, 2]]));
});

describe('nobody signs the first half of a draft', () => {
  it('of a name that another role holds in front of it', async () => {
    await byTeam({ v1: file('2') });
    expect(await failure(client().propose(GUN, entries(RELEASES, { v1: file('1') }), [alice]))).toMatchObject({ code: 'shadowed' });
  });

  it('of a name that the role may not sign', async () => {
    const said = entries(RELEASES, { 'deep/v1': file('1') });
    expect(await failure(client().propose(GUN, said, [alice]))).toMatchObject({ code: 'shadowed', details: { path: 'deep/v1' } });
  });

  it('that takes a name away under which another role would be found', async () => {
    await client().publish(GUN, entries(RELEASES, { v1: file('1') }), [alice, bob]);
    await client().publish(GUN, { kind: 'rotate', role: team, replacement: keySet(2, alice, bob) }, [keys.targets, alice, bob]);
    await client().publish(GUN, entries(team, { v1: file('2') }), [alice, bob]);
    const said = entries(team, { v1: undefined });
    expect(await failure(client().propose(GUN, said, [alice]))).toMatchObject({ code: 'shadowed', details: { role: RELEASES } });
    expect(only(await client().propose(GUN, entries(RELEASES, { v1: undefined }), [alice])).objection).toBeUndefined();
  });
});

it('a renewal is signed although a name in it is hidden by now', async () => {
  await client().publish(GUN, entries(RELEASES, { v1: file('1') }), [alice, bob]);
  await byTeam({ v1: file('2') });
  const half = only(await client().propose(GUN, entries(RELEASES, {}), [alice]));
  const whole = await client().endorse(half, [bob]);
  expect((await client().publishDrafts(GUN, new Map([[RELEASES, [whole.bytes]]]))).versions).toEqual(new Map([[RELEASES, 3]]));
});

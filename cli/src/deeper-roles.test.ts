// Teams below a team, and keys that two roles call by two names: no command makes them, and every command must read them right.

import { join } from 'node:path';
import {
  type DelegationChange,
  draftDelegations,
  draftFor,
  expiryAfter,
  type Instant,
  newSignature,
  type PublicKey,
  parseGun,
  parseRoleName,
  STANDARD_LIMITS,
  tuf,
} from '@countersign/core';
import { nativeCryptography } from '@countersign/crypto-native';
import { createHttp } from '@countersign/http';
import { keyFolder, openKeyFile } from '@countersign/signers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Machine, Result } from './testing/machine.ts';
import { type Town, town } from './testing/town.ts';

const YEAR = 365 * 86_400_000;
const crypto = nativeCryptography();
const http = createHttp({ plainHttp: 'loopback-only', timeouts: { connectMs: 2_000, idleMs: 5_000, totalMs: 20_000 }, userAgent: 'test' });

let place: Town;
let me: Machine;
let gun: string;
const keys = new Map<string, PublicKey>();
const key = (label: string): PublicKey => {
  const found = keys.get(label);
  if (found === undefined) throw new Error(`no key ${label}`);
  return found;
};
const short = (label: string): string => key(label).fingerprint.slice(0, 16);

async function done(...words: string[]): Promise<Result> {
  const result = await me.run(...words);
  expect(result.exit, `${words.join(' ')}\n${result.stdout}${result.stderr}`).toBe(0);
  return result;
}

/** A change of what `role` delegates, signed by `by`, waiting as a draft like any other, and published with --pending. */
async function delegates(role: string, by: string, changes: readonly DelegationChange[]): Promise<void> {
  const env = { now: Date.now() as Instant, crypto, limits: STANDARD_LIMITS, dialect: tuf };
  const { json } = await done('inspect', gun, '--output', 'json');
  const { published } = (json['delegations'] as { role: string; published?: { version: number } }[]).find((one) => one.role === role) ?? {};
  const served = await http.send({
    method: 'GET',
    url: new URL(`v2/${gun}/_trust/metadata/${published?.version}.${role}.json`, place.server.url),
    maxLength: 65_536,
    redirects: 'refuse',
  });
  const standing = tuf.parse('targets', parseRoleName(role), served.body, env);
  const draft = draftFor(draftDelegations(standing, changes, expiryAfter(env.now, YEAR), env), parseGun(gun), env);
  const entry = (await keyFolder(join(me.trustDir, 'keys')).list()).keys.find(({ label }) => label === by);
  const signer = await openKeyFile(entry?.path ?? '', 'correct horse');
  const bytes = tuf.file(draft.signed, [newSignature(signer.key, await signer.sign(draft.message))]);
  const kept = await http.send({
    method: 'PUT',
    url: new URL(`_countersign/v1/repositories/${gun}/pending/${role}`, place.server.url),
    maxLength: 65_536,
    redirects: 'refuse',
    body: bytes,
  });
  expect(kept.status, Buffer.from(kept.body).toString()).toBe(200);
  await done('sign', gun, '--pending', '--yes');
}

beforeAll(async () => {
  place = await town();
  me = place.publisher;
  gun = place.gun;
  await done('init', gun);
  for (const label of ['lead', 'other-lead', 'worker', 'helper']) {
    await done('key', 'generate', '--label', label);
    const entry = (await keyFolder(join(me.trustDir, 'keys')).list()).keys.find((one) => one.label === label);
    if (entry !== undefined) keys.set(label, entry.key);
  }
  await done('signer', 'add', 'lead', '--repo', gun, '--key', 'lead', '--team', 'team', '--paths', 'v*', '--before', 'releases');
  await done('signer', 'add', 'other', '--repo', gun, '--key', 'other-lead', '--team', 'others', '--paths', 'w*', '--before', 'releases');
  for (const [team, tag] of [
    ['team', 'v0'],
    ['others', 'w0'],
  ])
    await done('sign', `${gun}:${tag}`, '--digest', place.digests.v1, '--length', '7', '--as', `${team}`);
  const role = (name: string, paths: string) => ({ name: parseRoleName(name), paths: [paths], terminating: false });
  const named = (label: string, name: string) => ({ signers: new Map([[key(label).fingerprint, parseRoleName(name)]]) });
  await delegates('team', 'lead', [{ ...role('crew', 'v1*'), keys: { keys: [key('worker')], threshold: 1 }, ...named('worker', 'will') }]);
  await delegates('others', 'other-lead', [
    { ...role('night', 'w1*'), keys: { keys: [key('worker'), key('helper')], threshold: 1 }, ...named('worker', 'wilhelm') },
  ]);
}, 120_000);
afterAll(async () => {
  http.close();
  await place.close();
});

const rows = (text: string): readonly (readonly string[])[] =>
  text
    .trim()
    .split('\n')
    .map((line) => line.split(/ {2,}/));

describe('signer list', () => {
  it('has teams below a team, in the order of the search, with who appointed them and the names that those use', async () => {
    const { json } = await done('signer', 'list', gun, '--output', 'json');
    const signers = (...all: (readonly [string, string?])[]) =>
      all.map(([label, name]) => ({ fingerprint: key(label).fingerprint, ...(name === undefined ? {} : { name }) }));
    expect(json['roles']).toMatchObject([
      { role: 'team', delegator: 'targets', signers: signers(['lead', 'lead']), behind: [] },
      { role: 'crew', delegator: 'team', signers: signers(['worker', 'will']), paths: ['v1*'], behind: ['team'] },
      { role: 'others', delegator: 'targets', behind: [] },
      { role: 'night', delegator: 'others', signers: signers(['worker', 'wilhelm'], ['helper']), paths: ['w1*'], behind: ['others'] },
      { role: 'releases', behind: ['team', 'crew', 'others', 'night'] },
    ]);
    const { stdout } = await done('signer', 'list', gun);
    expect(rows(stdout)[2]).toEqual([
      'crew',
      '1 of 1',
      'v1*',
      `will (${short('worker')})`,
      'behind team; appointed by team; nothing signed yet',
    ]);
  });

  it('of a tag asks the team before those below it, and leaves out who may not sign it', async () => {
    const { json } = await done('signer', 'list', `${gun}:v1`, '--output', 'json');
    expect((json['roles'] as { role: string }[]).map(({ role }) => role)).toEqual(['team', 'crew', 'releases']);
  });
});

describe('key list', () => {
  it('has every role that a key may sign, at any depth, also where nothing was signed yet', async () => {
    for (const words of [['--repo', gun], []]) {
      const { json } = await done('key', 'list', ...words, '--output', 'json');
      const signs = (json['keys'] as { label: string; signs: { role: string; of: number }[] }[]).map(
        ({ label, signs: uses }) => [label, uses.map(({ role, of }) => `${role} ${of}`)] as const,
      );
      expect(Object.fromEntries(signs)).toMatchObject({ lead: ['team 1'], worker: ['crew 1', 'night 2'], helper: ['night 2'] });
    }
  });
});

describe('what a team below a team signs', () => {
  it('goes into the role that the key is for, is found, and is told with the name that its team uses', async () => {
    expect((await done('sign', `${gun}:v1`, '--digest', place.digests.v1, '--length', '7', '--key', 'worker')).stderr).toContain(
      `by will (${short('worker')}) in role crew`,
    );
    const { json, stdout } = await done('inspect', `${gun}:v1`, '--output', 'json');
    expect(json, stdout).toMatchObject({ entry: { name: 'v1', chain: ['targets', 'team', 'crew'], signers: [key('worker').fingerprint] } });
    expect((await done('inspect', gun)).stdout).toMatch(new RegExp(`^crew +v1 +1 of 1 +\\S+ +will \\(${short('worker')}\\) +v1\\*$`, 'm'));
    const wide = await me.run('sign', `${gun}:w1`, '--digest', place.digests.v1, '--length', '7', '--as', 'crew', '--output', 'json');
    expect(wide.json).toMatchObject({ exit: 1, code: 'shadowed' });
  });

  it('is taken over by the team above it, and the answer says who hides it', async () => {
    await done('sign', `${gun}:v1`, '--digest', place.digests.v2, '--length', '7', '--as', 'team');
    const { json } = await done('signer', 'list', `${gun}:v1`, '--output', 'json');
    expect(json).toMatchObject({
      found: 'team',
      roles: [{ role: 'team', holds: true }, { role: 'crew', holds: true, hiddenBy: 'team' }, {}],
    });
    const below = await me.run('sign', `${gun}:v1`, '--digest', place.digests.v1, '--length', '7', '--as', 'crew', '--output', 'json');
    expect(below.json).toMatchObject({ code: 'shadowed', details: { role: 'team' } });
  });
});

describe('a key that two teams call by two names', () => {
  it('is one key wherever it is asked for, and leaves both teams at once', async () => {
    const plan = await me.run('fleet', 'plan', '--key', 'worker', '--output', 'json');
    expect(plan.json['repositories']).toMatchObject([
      {
        uses: [
          { role: 'crew', by: 'team', signed: true, entries: [{ path: 'v1' }] },
          { role: 'night', by: 'others', signed: false },
        ],
      },
    ]);
    const alone = await me.run('key', 'revoke', 'worker', gun, '--yes', '--output', 'json');
    expect(alone.json).toMatchObject({ code: 'impossible-threshold', details: { role: 'crew' } });
    await done('key', 'revoke', 'worker', gun, '--to', 'helper', '--yes');
    const { json } = await done('signer', 'list', gun, '--output', 'json');
    const helper = key('helper').fingerprint;
    // Their place in a team is theirs; a second name for one key is not.
    expect((json['roles'] as { role: string }[]).filter(({ role }) => role === 'crew' || role === 'night')).toMatchObject([
      { role: 'crew', signers: [{ fingerprint: helper, name: 'will' }] },
      { role: 'night', threshold: 1, signers: [{ fingerprint: helper }] },
    ]);
    const left = await me.run('fleet', 'plan', '--key', 'worker', '--output', 'json');
    expect(left.json['repositories']).toEqual([]);
  });

  it('of a team below is no signer that targets could add to or take away', async () => {
    const removed = await me.run('signer', 'remove', 'will', '--repo', gun, '--output', 'json');
    expect(removed.json).toMatchObject({ ok: false, code: 'unknown-signer' });
    const added = await me.run('signer', 'add', 'lead', '--repo', gun, '--team', 'crew', '--output', 'json');
    expect(added.json).toMatchObject({ ok: false });
    expect((await done('signer', 'list', gun, '--output', 'json')).json['roles']).toMatchObject([
      {},
      { role: 'crew', delegator: 'team' },
      {},
      {},
      {},
    ]);
  });
});

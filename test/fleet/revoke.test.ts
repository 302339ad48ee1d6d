// A key is stolen and taken away from twelve repositories, in which others sign too; the program is killed on the way.
import { readFileSync } from 'node:fs';
import { fileEntry, type Signer } from '@countersign/core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { BELOW, DIGEST, each, type FleetLab, killedAt, openFleetLab, type Releasing } from './fleet-lab.ts';

const REPOSITORIES = 12;

let lab: FleetLab;
beforeAll(async () => {
  lab = await openFleetLab(REPOSITORIES, released);
}, 120_000);
afterAll(() => lab?.close());

/** One of two, whose tag the thief's key signed alone; two of two; two of three. */
function released({ first, second, third }: FleetLab['keys'], index: number): Releasing {
  const of = (threshold: number, ...signers: readonly Signer[]) => ({ keys: signers.map(({ key }) => key), threshold });
  if (index % 3 === 0) return { releases: of(1, first, second), signers: [first] };
  if (index % 3 === 1) return { releases: of(2, first, second), signers: [first, second] };
  return { releases: of(2, first, second, third), signers: [first, second] };
}

const revocation = (count: number, ...more: readonly string[]): readonly string[] => [
  'fleet',
  'revoke',
  '--key',
  'first',
  '--below',
  BELOW,
  '--yes-count',
  String(count),
  '--output',
  'json',
  ...more,
];
const twoOfTwo = (): readonly string[] => lab.members.filter((_, index) => index % 3 === 1).map(({ gun }) => gun);

it('without a word about thresholds, the plan refuses where two of two signed; with it, the plan shows the lower one there alone', async () => {
  const { me } = lab;
  const plain = await me.countersign(revocation(8, '--dry-run'));
  const refused = (
    JSON.parse(plain.stdout).repositories as readonly { readonly gun: string; readonly refused?: { readonly code: string } }[]
  )
    .filter((one) => one.refused !== undefined)
    .map((one) => [one.gun, one.refused?.code]);
  expect(refused).toEqual(twoOfTwo().map((gun) => [gun, 'impossible-threshold']));
  const words = ['fleet', 'plan', '--key', 'first', '--below', BELOW, '--threshold', 'releases=1'];
  const { stdout } = await me.countersign(words);
  const after = stdout
    .trim()
    .split('\n')
    .map((line) => line.split('  -> ')[1]);
  const short = (one: Signer): string => one.key.fingerprint.slice(0, 16);
  const { second, third } = lab.keys;
  expect(after).toEqual(
    lab.members.map((_, index) => (index % 3 === 2 ? `2 of ${short(second)},${short(third)}` : `1 of ${short(second)}`)),
  );
}, 60_000);

it('a revocation that is killed goes on: the key counts nowhere, the others sign, and the report names what it had signed', async () => {
  const { members, keys, me } = lab;
  const words = revocation(REPOSITORIES, '--threshold', 'releases=1');
  expect(await killedAt(4, words, lab)).toBe(true);
  const report = `${lab.folder}/revoked.json`;
  const { stdout, stderr } = await me.countersign([...words, '--report', report, '--report-key', 'targets']);
  expect(stderr).toContain('going on with');
  const versions = (index: number) => (index % 3 === 1 ? { targets: 2 } : { targets: 2, releases: 3 });
  const signed = [{ role: 'releases', entries: [{ path: 'v1', digest: DIGEST }] }];
  expect(JSON.parse(stdout).repositories).toMatchObject(
    members.map(({ gun }, index) => ({ gun, outcome: 'done', versions: versions(index), signed, left: [] })),
  );
  expect(JSON.parse(readFileSync(report, 'utf8')).report).toMatchObject({
    kind: 'revoke',
    key: keys.first.key.fingerprint,
    thresholds: ['releases=1'],
    repositories: members.map(({ gun }) => ({ gun, outcome: 'done', signed })),
  });
  const shown = await me.countersign(['fleet', 'status', '--report', report]);
  expect(shown.stderr).toContain(`signed by ${keys.targets.key.fingerprint}`);

  await each(members, async (member) => {
    const index = members.indexOf(member);
    const { gun } = member;
    // Somebody who never was here, with the first root alone.
    const newcomer = lab.consumer(`newcomer-${index}`, member);
    const repository = await newcomer.refresh(gun);
    expect(await newcomer.keyUses(gun, keys.first.key.fingerprint), gun).toEqual([]);
    const [role] = await repository.delegations();
    expect(role, gun).toMatchObject({ threshold: index % 3 === 2 ? 2 : 1 });
    expect(role?.published?.version, gun).toBe(index % 3 === 1 ? 2 : 3);
    expect((await repository.find('v1'))?.signers, gun).not.toContain(keys.first.key.fingerprint);
    // Signed anew once and no more, although the program was killed.
    expect(repository.roles.targets.version, gun).toBe(2);
    const entries = new Map([['v2', fileEntry({ digest: DIGEST, length: 7 })]]);
    const change = { kind: 'entries', entries } as const;
    await expect(newcomer.publish(gun, change, [keys.first]), gun).rejects.toMatchObject({ code: 'missing-keys' });
    await newcomer.publish(gun, change, index % 3 === 2 ? [keys.second, keys.third] : [keys.second]);
    expect((await (await newcomer.refresh(gun)).find('v2'))?.entry.length, gun).toBe(7);
    newcomer.close();
  });
}, 240_000);

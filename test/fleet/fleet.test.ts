// Twelve repositories, the program killed twice: what five-hundred.slow.ts shows at full size.
import { afterAll, beforeAll, expect, it } from 'vitest';
import { PROGRAM, runCommand } from '../lab/countersign.ts';
import { doneSoFar, type FleetLab, inspectFleet, killedAt, openFleetLab, rotation } from './fleet-lab.ts';

const REPOSITORIES = 12;

let lab: FleetLab;
beforeAll(async () => {
  lab = await openFleetLab(REPOSITORIES);
}, 120_000);
afterAll(() => lab?.close());

it('a rotation of twelve repositories that is killed twice ends with one new version of each role, everywhere', async () => {
  const { members, keys, me } = lab;
  for (const member of members) {
    const regular = lab.consumer(`regular-${member.gun}`.replaceAll('/', '-'), member);
    await regular.refresh(member.gun);
    regular.close();
  }
  const words = rotation('first', 'second', REPOSITORIES);
  for (const point of [2, 7]) expect(await killedAt(point, words, lab), `${doneSoFar(lab)} were done`).toBe(true);
  const { stdout } = await me.countersign([...words, '--report', `${lab.folder}/done.json`, '--output', 'json']);
  const { repositories, journal } = JSON.parse(stdout);
  expect(repositories).toMatchObject(
    members.map(({ gun, inRoot }) => ({
      gun,
      outcome: 'done',
      versions: { ...(inRoot ? { root: 2 } : {}), targets: 2, releases: 3 },
      signed: [{ role: 'releases', entries: [{ path: 'v1' }] }],
    })),
  );
  await inspectFleet(lab, 1, keys.first.key.fingerprint, keys.second.key.fingerprint);
  const status = await me.countersign(['fleet', 'status', '--output', 'json']);
  expect(JSON.parse(status.stdout).campaigns).toMatchObject([{ journal, done: REPOSITORIES, count: REPOSITORIES }]);
  const report = await me.countersign(['fleet', 'status', '--report', `${lab.folder}/done.json`]);
  expect(report.stderr).toContain(`signed by ${keys.second.key.fingerprint}`);
}, 240_000);

it('two programs at once are one campaign: the other gives way, and no line of the journal is lost', async () => {
  const { keys, me } = lab;
  const words = rotation('second', 'third', REPOSITORIES);
  const both = await Promise.all([1, 2].map(() => runCommand(process.execPath, [PROGRAM, ...words, '--output', 'json'], me.env)));
  const refused = both.filter(({ exit }) => exit !== 0);
  expect(refused.map(({ exit, stdout }) => [exit, JSON.parse(stdout).code])).toEqual(refused.map(() => [21, 'already-running']));
  expect(refused.length).toBeGreaterThan(0);
  await me.countersign(words);
  await inspectFleet(lab, 2, keys.second.key.fingerprint, keys.third.key.fingerprint);
  const { stdout } = await me.countersign(['fleet', 'status', '--output', 'json']);
  const [, ours] = JSON.parse(stdout).campaigns;
  expect(ours).toMatchObject({ done: REPOSITORIES, count: REPOSITORIES, next: keys.third.key.fingerprint });
}, 240_000);

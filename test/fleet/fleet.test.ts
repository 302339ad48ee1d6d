// Twelve repositories, the program killed twice: what five-hundred.slow.ts shows at full size.
import { afterAll, beforeAll, expect, it } from 'vitest';
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

// Five hundred repositories that share a key, and a program that is killed ten times while it replaces that key.
import { afterAll, beforeAll, expect, it } from 'vitest';
import { each, type FleetLab, inspectFleet, killedAt, openFleetLab, rotation } from './fleet-lab.ts';

const REPOSITORIES = Number(process.env['COUNTERSIGN_FLEET'] ?? 500);
const KILLS = 10;

let lab: FleetLab;
beforeAll(async () => {
  lab = await openFleetLab(REPOSITORIES);
  await each(lab.members, async (member) => {
    const regular = lab.consumer(`regular-${member.gun}`.replaceAll('/', '-'), member);
    await regular.refresh(member.gun);
    regular.close();
  });
}, 300_000);
afterAll(() => lab?.close());

const seconds = (since: number): string => ((performance.now() - since) / 1000).toFixed(1);

it(`${REPOSITORIES} repositories, ${KILLS} kills: one new version of each role, the old key nowhere`, async () => {
  const { keys, me, members } = lab;
  const words = rotation('first', 'second', REPOSITORIES);
  // Random places, in order: wherever the program happens to be between two repositories, or within eight of them.
  const points = Array.from({ length: KILLS }, () => 1 + Math.floor(Math.random() * (REPOSITORIES - 20))).sort((a, b) => a - b);
  let kills = 0;
  for (const point of points) if (await killedAt(point, words, lab)) kills += 1;
  expect(kills).toBe(KILLS);
  await me.countersign([...words, '--report', `${lab.folder}/done.json`]);
  await inspectFleet(lab, 1, keys.first.key.fingerprint, keys.second.key.fingerprint);

  const started = performance.now();
  await me.countersign(rotation('second', 'third', REPOSITORIES));
  const whole = seconds(started);
  // Undisturbed, so a part of them will do.
  await inspectFleet({ ...lab, members: members.slice(0, 50) }, 2, keys.second.key.fingerprint, keys.third.key.fingerprint);

  // What it takes without: a command for each, one after the other.
  const some = members.slice(0, 4);
  const single = performance.now();
  for (const { gun } of some) await me.countersign(['key', 'revoke', 'third', gun, '--to', 'first', '--include-root', '--yes']);
  const each500 = ((performance.now() - single) / 1000 / some.length) * REPOSITORIES;
  console.log(
    `fleet: ${REPOSITORIES} repositories in ${whole} s; one command a repository would take ${each500.toFixed(0)} s; killed ${kills} times at ${points.join(', ')}`,
  );
}, 600_000);

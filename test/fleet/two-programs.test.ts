// The same campaign started twice, as two programs: the second must not touch what the first is writing.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { PROGRAM } from '../lab/countersign.ts';
import { doneSoFar, type FleetLab, inspectFleet, openFleetLab, rotation } from './fleet-lab.ts';

const REPOSITORIES = 8;

let lab: FleetLab;
beforeAll(async () => {
  lab = await openFleetLab(REPOSITORIES);
}, 120_000);
afterAll(() => lab?.close());

const folder = (): string => join(lab.folder, 'trust/state/fleet');
const running = (): readonly string[] => (existsSync(folder()) ? readdirSync(folder()).filter((name) => name.startsWith('.running-')) : []);

/** A program that was stopped in the middle: alive, and not one step further until it is let go. */
async function stoppedAt(point: number, words: readonly string[]) {
  const child = spawn(process.execPath, [PROGRAM, ...words], { env: lab.me.env, stdio: 'ignore' });
  const ended = once(child, 'exit');
  while (child.exitCode === null && doneSoFar(lab) < point) await new Promise((resolve) => setTimeout(resolve, 3));
  child.kill('SIGSTOP');
  return { child, ended };
}

it('a second program is refused while the first lives, and the first ends as if it had been alone', async () => {
  const { me, members, keys } = lab;
  const words = rotation('first', 'second', REPOSITORIES);
  const { child, ended } = await stoppedAt(1, words);
  expect(child.exitCode).toBe(null);
  const done = doneSoFar(lab);
  try {
    const second = await me.countersign([...words, '--output', 'json'], { exit: 21 });
    expect(JSON.parse(second.stdout)).toMatchObject({ code: 'already-running', details: { process: child.pid } });
    expect(doneSoFar(lab)).toBe(done);
    // Looking is allowed.
    await me.countersign([...words, '--dry-run']);
    await me.countersign(['fleet', 'status']);
  } finally {
    child.kill('SIGCONT');
  }
  expect(await ended).toEqual([0, null]);
  expect(running()).toEqual([]);
  expect(doneSoFar(lab)).toBe(REPOSITORIES);
  await inspectFleet(lab, 1, keys.first.key.fingerprint, keys.second.key.fingerprint);
  expect(members).toHaveLength(REPOSITORIES);
}, 240_000);

it("what a killed program left is in nobody's way", async () => {
  const { me } = lab;
  const words = rotation('second', 'third', REPOSITORIES);
  const { child, ended } = await stoppedAt(REPOSITORIES + 1, words);
  const [left = ''] = running();
  expect(left.split('-')[1]).toBe(String(child.pid));
  child.kill('SIGKILL');
  await ended;
  expect(running()).toEqual([left]);
  await me.countersign(words);
  expect(running()).toEqual([]);
  expect(doneSoFar(lab)).toBe(2 * REPOSITORIES);
}, 240_000);

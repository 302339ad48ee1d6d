// One campaign at a time on one machine: two that go on with one journal would cut off each other's lines. Each says that it runs before
// it looks for others, so of two that begin at once both may give way, and never neither.
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CommandError } from '../errors.ts';
import type { World } from '../world.ts';

const MARK = /^\.running-([1-9][0-9]{0,9})$/;

/** Throws CommandError `already-running` while another process of this machine carries out a campaign. The mark of one that was killed is taken away. */
export async function aloneIn<Result>(
  state: string,
  { processId }: Pick<World, 'processId'>,
  work: () => Promise<Result>,
): Promise<Result> {
  const folder = join(state, 'fleet');
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const own = join(folder, `.running-${processId}`);
  writeFileSync(own, '', { mode: 0o600 });
  try {
    for (const name of readdirSync(folder)) {
      const other = Number(MARK.exec(name)?.[1] ?? processId);
      if (other === processId) continue;
      if (isAlive(other)) throw busy(other, join(folder, name));
      rmSync(join(folder, name), { force: true });
    }
    return await work();
  } finally {
    rmSync(own, { force: true });
  }
}

function isAlive(processId: number): boolean {
  try {
    return process.kill(processId, 0);
  } catch (error) {
    // Somebody else's process is there too.
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

const busy = (other: number, path: string): CommandError =>
  new CommandError('already-running', `process ${other} carries out a campaign with this state folder (${path})`, {
    details: { process: other, path },
  });

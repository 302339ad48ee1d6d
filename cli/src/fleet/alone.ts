// One campaign at a time with one state folder: two that go on with one journal would cut off each other's lines. Each says that it runs
// before it looks for others, so of two that begin at once both may give way, and never neither; and there is no lock for somebody to
// break after a crash.
import { closeSync, mkdirSync, openSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { StateError } from '@countersign/client';
import { CommandError } from '../errors.ts';
import { systemWords } from '../system-words.ts';
import type { World } from '../world.ts';
import { placeHere, startOf } from './this-process.ts';

const MARK = /^\.running-([1-9][0-9]{0,9})-([0-9a-f]{16})-([0-9]+|unknown)$/;

/**
 * Throws CommandError `already-running` while another process carries out a campaign, and StateError. The mark of one that was killed is
 * taken away; one of another machine or container stands, because nobody here can say whether its process lives.
 */
export async function aloneIn<Result>(
  state: string,
  { processId }: Pick<World, 'processId'>,
  work: () => Promise<Result>,
  room: 'fleet' | 'import' = 'fleet',
): Promise<Result> {
  const folder = join(state, room);
  const place = placeHere();
  const own = `.running-${processId}-${place}-${startOf(processId) ?? 'unknown'}`;
  if (!marked(folder, own)) throw busy(processId, join(folder, own), room);
  try {
    for (const name of readdirSync(folder)) {
      const [, other, where, start] = MARK.exec(name) ?? [];
      if (other === undefined || name === own) continue;
      if (where !== place || isAlive(Number(other), start)) throw busy(Number(other), join(folder, name), room);
      rmSync(join(folder, name), { force: true });
    }
    return await work();
  } finally {
    rmSync(join(folder, own), { force: true });
  }
}

/** False where this very process carries one out already. */
function marked(folder: string, name: string): boolean {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    closeSync(openSync(join(folder, name), 'wx', 0o600));
    return true;
  } catch (error) {
    const system = error instanceof Error && 'code' in error ? error.code : undefined;
    if (system === 'EEXIST') return false;
    if (typeof system !== 'string') throw error;
    throw new StateError('unwritable-state', `${folder}: ${systemWords(system)}`, { cause: error, details: { path: folder } });
  }
}

/** Whether the process that began at `start` is still there, and not another one that was given its number since. */
function isAlive(processId: number, start: string | undefined): boolean {
  try {
    process.kill(processId, 0);
  } catch (error) {
    // Somebody else's process is there too.
    if (!(error instanceof Error && 'code' in error && error.code === 'EPERM')) return false;
  }
  const now = startOf(processId);
  return start === 'unknown' || now === undefined || now === start;
}

function busy(other: number, path: string, room: 'fleet' | 'import'): CommandError {
  const what = room === 'fleet' ? 'a campaign' : 'an import';
  return new CommandError('already-running', `process ${other} carries out ${what} with this state folder (${path})`, {
    details: { process: other, path },
    // Only campaigns have a command that shows how far they are.
    ...(room === 'import' ? { next: 'wait until it has ended, then run the command again: it takes nothing twice' } : {}),
  });
}

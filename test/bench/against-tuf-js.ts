// Library verify against tuf-js 5, over the same loopback server: cold with empty folders, warm after a run before.
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pinText } from '@countersign/core';
import type { Simulator } from '@countersign/testkit';
import { temporaryFolder } from '../lab/countersign.ts';
import { startChildServer } from './child-server.ts';
import { startContestant } from './course.ts';
import { flatRepository } from './flat.ts';
import { type Duel, duel } from './measure.ts';
import { atLeast, type Row } from './table.ts';

const BOUNDS: readonly { readonly tags: number; readonly cold: number; readonly warm: number; readonly rounds: number }[] = [
  { tags: 100, cold: 2.5, warm: 4, rounds: 200 },
  { tags: 1000, cold: 20, warm: 50, rounds: 40 },
];
const TURN = 20;

export async function againstTufJs(): Promise<readonly Row[]> {
  const rows: Row[] = [];
  for (const { tags, cold, warm, rounds } of BOUNDS) {
    const repository = await flatRepository(tags);
    const folder = await temporaryFolder();
    const server = await startChildServer('static-server.mjs', await writeFiles(repository, join(folder.path, 'served')));
    const course = { server: server.url, gun: repository.gun, pin: repository.anchor().pins.map(pinText).join() };
    const ours = startContestant('ours', { ...course, folder: await made(join(folder.path, 'ours')) });
    const theirs = startContestant('tuf-js', { ...course, folder: await made(join(folder.path, 'theirs')) });
    const both = (kind: 'cold' | 'warm' | 'kept'): Promise<Duel> =>
      duel(
        { rounds, turn: TURN },
        () => ours.run(kind),
        () => theirs.run(kind),
      );
    try {
      const [coldly, kept, forgetful] = [await both('cold'), await both('kept'), await both('warm')];
      rows.push(atLeast(`verify, ${tags} tags, cold, against tuf-js`, coldly.faster, cold, times(coldly)));
      rows.push(atLeast(`verify, ${tags} tags, warm, against tuf-js`, kept.faster, warm, times(kept)));
      const figure = 'the same, but ours forgets what it read each time';
      rows.push({ figure, measured: `${forgetful.faster.toFixed(1)}×${times(forgetful)}`, mustReach: '', reached: undefined });
    } finally {
      ours.end();
      theirs.end();
      server.stop();
      await folder.remove();
    }
  }
  return rows;
}

async function made(folder: string): Promise<string> {
  await mkdir(folder);
  return folder;
}

async function writeFiles(repository: Simulator, folder: string): Promise<string> {
  await made(folder);
  for (const [path, bytes] of repository.served) await writeFile(join(folder, path), bytes);
  return folder;
}

const times = ({ ours, theirs }: Duel): string => ` (${ours.toFixed(1)} against ${theirs.toFixed(1)} ms)`;

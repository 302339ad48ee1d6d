// Reads while ten thousand connections are open on which nobody asks anything, and two hundred on which somebody sends a byte a second.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import autocannon from 'autocannon';
import { type RunningServer, serve, temporaryFolder } from '../../lab/countersign.ts';
import { median } from '../measure.ts';
import { initialise, SOME_GUN } from '../published.ts';
import type { Row } from '../table.ts';
import { type ChildProgram, startProgram } from './child-program.ts';
import { timestampPath } from './connection.ts';

const [IDLE, SLOW] = [10_000, 200];
const ROUNDS = 3;
const SECONDS = 3;
/** Of files that one process must be able to hold open: the crowd, whoever measures, and what a server opens besides. */
const FILES = IDLE + SLOW + 500;

const figure = `GET timestamp.json beside ${IDLE} idle connections and ${SLOW} that send a byte a second, against without`;

export async function crowd(): Promise<readonly Row[]> {
  const files = await openFilesAllowed();
  if (files < FILES) {
    const measured = `skipped: a process may open ${files} files here, wanted ${FILES} (ulimit -n)`;
    return [{ figure, measured, mustReach: '', reached: undefined }];
  }
  const folder = await temporaryFolder();
  // Its usual 4096 connections would be all there is.
  const env = { ...process.env, COUNTERSIGN_SERVE_MAX_CONNECTIONS: String(IDLE + SLOW + 200) };
  const server = await serve(join(folder.path, 'data'), ['--log', 'silent'], env);
  const closers: (() => Promise<void>)[] = [() => server.kill('SIGTERM'), () => folder.remove()];
  try {
    await initialise(server.url, join(folder.path, 'publisher'), SOME_GUN);
    const read = timestampPath(SOME_GUN);
    const write = `/v2/${SOME_GUN}/_trust/metadata/`;
    const people = await startProgram('crowd-process.ts', JSON.stringify({ url: server.url, read, write, idle: IDLE, slow: SLOW }));
    closers.unshift(() => people.end());
    return [await measured(server, read, people)];
  } finally {
    for (const close of closers) await close();
  }
}

async function measured(server: RunningServer, path: string, people: ChildProgram): Promise<Row> {
  const rate = () => readsASecond(`${server.url.replace(/\/$/, '')}${path}`);
  await rate();
  const rounds: { readonly alone: number; readonly crowded: number }[] = [];
  let [idle, slow] = [IDLE, SLOW];
  while (rounds.length < ROUNDS) {
    const alone = await rate();
    await people.ask('come');
    const crowded = await rate();
    const [stayed = 0, dripped = 0]: readonly number[] = JSON.parse(await people.ask('count'));
    [idle, slow] = [Math.min(idle, stayed), Math.min(slow, dripped)];
    await people.ask('leave');
    rounds.push({ alone, crowded });
  }
  const of = (name: 'alone' | 'crowded'): string => median(rounds.map((round) => round[name])).toFixed(0);
  const share = 100 * median(rounds.map(({ alone, crowded }) => crowded / alone));
  // A server that sent the crowd away would have an easy time.
  const stood = idle >= 0.99 * IDLE && slow >= 0.9 * SLOW;
  return {
    figure,
    measured: `${share.toFixed(0)} % (${of('crowded')} of ${of('alone')} a second; at least ${idle} and ${slow} were there at the end)`,
    mustReach: '≥ 80 %',
    reached: share >= 80 && stood,
  };
}

async function readsASecond(url: string): Promise<number> {
  const result = await autocannon({ url, connections: 32, pipelining: 4, duration: SECONDS });
  if (result.non2xx > 0 || result.errors > 0) throw new Error(`${url}: ${result.non2xx} refusals, ${result.errors} errors`);
  return result.requests.average;
}

/** Of this process and those that it starts: Node takes as many as it may have. */
async function openFilesAllowed(): Promise<number> {
  if (process.platform !== 'linux') return 0;
  const [, soft] = /^Max open files +(\d+|unlimited)/m.exec(await readFile('/proc/self/limits', 'utf8')) ?? [];
  return soft === 'unlimited' ? Number.POSITIVE_INFINITY : Number(soft ?? 0);
}

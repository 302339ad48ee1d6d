// How late the latest reads are while a hundred publishes a second land, against the same reads of the same server when nobody publishes.
// Publishes come at their time whether or not those before have been answered. One server on LevelDB; readers, publishers and the server
// are three processes on the same cores.
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { serve, temporaryFolder } from '../../lab/countersign.ts';
import { median } from '../measure.ts';
import { atMost, type Row } from '../table.ts';
import { startProgram } from './child-program.ts';
import { timestampPath } from './connection.ts';
import { type Prepared, prepare } from './prepared.ts';
import { type Uploader, uploaderOf } from './uploader.ts';

const REPOSITORIES = 50;
const A_SECOND = 100;
const ROUNDS = 5;
const TURN_MS = 4000;
/** By each publisher, as fast as they are taken: a server that has just been started is busy with compiling what publishes run. */
const WARM_UP = 200;
const WARM_UP_MS = 4000;
const PREPARED = WARM_UP + (A_SECOND / REPOSITORIES) * ((ROUNDS * TURN_MS + WARM_UP_MS) / 1000) + 5;

interface Reads {
  readonly count: number;
  readonly p50: number;
  readonly p99: number;
}

export async function readsBesidePublishes(): Promise<readonly Row[]> {
  const folder = await temporaryFolder();
  const server = await serve(join(folder.path, 'data'), ['--log', 'error']);
  const closers: (() => Promise<void>)[] = [() => server.kill('SIGTERM'), () => folder.remove()];
  try {
    const prepared: Prepared[] = [];
    for (let index = 0; index < REPOSITORIES; index += 1)
      prepared.push(await prepare(server.url, `registry.example.com/team/app-${index}`, PREPARED));
    const uploaders = await Promise.all(prepared.map((one) => uploaderOf(server.url, one)));
    closers.unshift(async () => {
      for (const uploader of uploaders) uploader.close();
    });
    await Promise.all(
      uploaders.map(async (uploader) => {
        for (let sent = 0; sent < WARM_UP; sent += 1) await uploader.next();
      }),
    );
    const url = server.url;
    const reader = await startProgram('reader-process.ts', JSON.stringify({ url, paths: prepared.map(({ gun }) => timestampPath(gun)) }));
    closers.unshift(() => reader.end());
    const reads = async (milliseconds: number): Promise<Reads> => {
      const [count, p50, p99]: readonly [number, number, number] = JSON.parse(await reader.ask(String(milliseconds)));
      return { count, p50, p99 };
    };
    await Promise.all([reads(WARM_UP_MS), publishAtTheirTime(uploaders, WARM_UP_MS)]);
    const rounds: { readonly idle: Reads; readonly busy: Reads; readonly landed: number }[] = [];
    while (rounds.length < ROUNDS) {
      const idle = await reads(TURN_MS);
      const [busy, landed] = await Promise.all([reads(TURN_MS), publishAtTheirTime(uploaders, TURN_MS)]);
      rounds.push({ idle, busy, landed });
    }
    const of = (which: 'idle' | 'busy', what: 'p50' | 'p99'): string => median(rounds.map((round) => round[which][what])).toFixed(1);
    const context =
      ` (${of('busy', 'p99')} against ${of('idle', 'p99')} ms; median ${of('busy', 'p50')} against ${of('idle', 'p50')} ms;` +
      ` ${median(rounds.map(({ landed }) => landed)).toFixed(0)} publishes a second landed)`;
    const ratio = median(rounds.map(({ idle, busy }) => busy.p99 / idle.p99));
    return [atMost(`p99 of a read while ${A_SECOND} publishes a second land, on LevelDB, against idle`, ratio, 5, context)];
  } finally {
    for (const close of closers) await close();
  }
}

/** Each at its time, the repositories in turn. How many a second were acknowledged by the end. */
async function publishAtTheirTime(uploaders: readonly Uploader[], milliseconds: number): Promise<number> {
  const start = performance.now();
  let landed = 0;
  const last = uploaders.map(() => Promise.resolve());
  for (let publish = 0; publish < (A_SECOND * milliseconds) / 1000; publish += 1) {
    await pause(Math.max(0, start + (1000 * publish) / A_SECOND - performance.now()));
    const index = publish % uploaders.length;
    const uploader = uploaders[index];
    if (uploader === undefined) continue;
    // Two of one repository follow each other: the second one names the version after the first.
    last[index] = (last[index] ?? Promise.resolve())
      .then(() => uploader.next())
      .then(() => {
        landed += 1;
      });
  }
  await pause(Math.max(0, start + milliseconds - performance.now()));
  const aSecond = (1000 * landed) / (performance.now() - start);
  await Promise.all(last);
  return aSecond;
}

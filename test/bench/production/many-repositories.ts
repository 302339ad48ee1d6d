// A server that has a hundred thousand repositories with a million files, beside one that has a hundred: how soon it is ready, what it
// keeps in memory, and what a read takes that memory does not answer. On LevelDB.
import { join } from 'node:path';
import { type RunningServer, serve, temporaryFolder } from '../../lab/countersign.ts';
import { median } from '../measure.ts';
import { residentOf } from '../notary/process-figures.ts';
import { atMost, type Row } from '../table.ts';
import { type Connection, getOf, openConnection, timestampPath } from './connection.ts';
import { FILES_EACH, FIRST, fill, nameOf } from './filled.ts';

const [MANY, FEW] = [100_000, 100];
const STARTS = 3;
const ROUNDS = 20;
const TURN = 250;
const WARM_UP = 3000;

const what = `${MANY} repositories, ${MANY * FILES_EACH} files`;

export async function manyRepositories(): Promise<readonly Row[]> {
  if (process.platform !== 'linux')
    return [{ figure: what, measured: 'skipped: resident memory is read from /proc', mustReach: '', reached: undefined }];
  const folder = await temporaryFolder();
  try {
    const [many, few] = [join(folder.path, 'many'), join(folder.path, 'few')];
    await fill(few, FEW);
    const seconds = await fill(many, MANY);
    return [...(await startsOf(many, seconds)), ...(await readsOf(many, few))];
  } finally {
    await folder.remove();
  }
}

/** From the start of the process to the line that says where it listens. */
async function startsOf(data: string, filled: number): Promise<readonly Row[]> {
  const starts: number[] = [];
  const resident: number[] = [];
  // Once before it counts: what a table leaves to its next start after a million writes at once is no part of a start.
  await (await serve(data, ['--log', 'error'])).kill('SIGTERM');
  while (starts.length < STARTS) {
    const start = performance.now();
    const server = await serve(data, ['--log', 'error']);
    try {
      starts.push((performance.now() - start) / 1000);
      const connection = await openConnection(server.url);
      await readSome(connection, WARM_UP, () => anyOf(MANY));
      connection.close();
      resident.push(await residentOf(server.pid));
    } finally {
      await server.kill('SIGTERM');
    }
  }
  const [ready, memory] = [median(starts), median(resident)];
  const context = ` (filled in ${filled.toFixed(0)} s; ${starts.map((time) => time.toFixed(2)).join(', ')})`;
  return [
    { figure: `start to ready, ${what}`, measured: `${ready.toFixed(2)} s${context}`, mustReach: '≤ 2 s', reached: ready <= 2 },
    {
      figure: `its resident memory, ${WARM_UP} timestamps read`,
      measured: `${memory.toFixed(0)} MiB`,
      mustReach: '≤ 200 MiB',
      reached: memory <= 200,
    },
  ];
}

/** Both serve at once and are asked in turns. Nothing is kept ready, so that each read goes to the store. */
async function readsOf(many: string, few: string): Promise<readonly Row[]> {
  const env = { ...process.env, COUNTERSIGN_SERVE_READY_MEMORY: '0' };
  const servers: RunningServer[] = [];
  const connections: Connection[] = [];
  try {
    for (const data of [many, few]) {
      const server = await serve(data, ['--log', 'error'], env);
      servers.push(server);
      connections.push(await openConnection(server.url));
    }
    const [large, small] = connections;
    if (large === undefined || small === undefined) throw new Error('wanted two servers');
    await readSome(large, WARM_UP, () => anyOf(MANY));
    await readSome(small, WARM_UP, () => anyOf(FEW));
    const compared = async (one: (repositories: number) => string) => {
      const rounds: { readonly many: number; readonly few: number }[] = [];
      while (rounds.length < ROUNDS)
        rounds.push({ many: await readSome(large, TURN, () => one(MANY)), few: await readSome(small, TURN, () => one(FEW)) });
      const of = (which: 'many' | 'few'): string => median(rounds.map((round) => round[which])).toFixed(3);
      return { ratio: median(rounds.map((round) => round.many / round.few)), context: ` (${of('many')} against ${of('few')} ms)` };
    };
    const same = await compared(() => FIRST);
    const any = await compared(anyOf);
    return [
      atMost(`a read of one timestamp from the store, ${MANY} repositories, against ${FEW}`, same.ratio, 1.2, same.context),
      { figure: 'a read of any of them', measured: `${any.ratio.toFixed(2)}×${any.context}`, mustReach: '', reached: undefined },
    ];
  } finally {
    for (const connection of connections) connection.close();
    for (const server of servers) await server.kill('SIGTERM');
  }
}

const anyOf = (repositories: number): string => nameOf(Math.floor(Math.random() * repositories));

/** So many timestamps, one after the other. The median time of one, in milliseconds. */
async function readSome(connection: Connection, count: number, next: () => string): Promise<number> {
  const times: number[] = [];
  while (times.length < count) {
    const request = getOf(timestampPath(next()));
    const start = performance.now();
    await connection.send(request);
    times.push(performance.now() - start);
  }
  return median(times);
}

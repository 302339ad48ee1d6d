// Accepted publishes a second, three servers on one PostgreSQL and sixteen publishers on each. In turns with them: the same uploads to
// servers for which every signature is valid; and, to see what the database could take, the same changes committed by three processes
// straight through the store, with nothing judged, signed or sent over HTTP. Whoever publishes and the database itself run on the same cores.
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { serialize } from 'node:v8';
import { type RunningServer, serve, temporaryFolder } from '../../lab/countersign.ts';
import { median } from '../measure.ts';
import { atLeast, forComparison, type Row } from '../table.ts';
import { type ChildProgram, folderOfPrograms, startProgram } from './child-program.ts';
import { type Database, startDatabase } from './database.ts';
import { type Judged, judgedUploads } from './judged.ts';
import { TAGS } from './prepared.ts';
import { type Uploader, uploaderOf } from './uploader.ts';

const PROCESSES = 3;
const PUBLISHERS = 16;
// The speed of a shared machine changes within seconds.
const ROUNDS = 5;
const TURN_MS = 2500;
/** What the store alone takes is five times as much. */
const REPLAY_MS = 1000;
/** By each publisher before the first turn: what runs often is compiled after some thousand times. */
const WARM_UP = 300;
/** In turns like those that count: a process that waits for long gives up what it had compiled. */
const WARM_UP_TURN = 20;
/** For each publisher. A machine that uses them up within the turns has shorter ones. */
const PREPARED = 600;

const figure = `publishes a second, ${PROCESSES} servers on PostgreSQL, ${PUBLISHERS} publishers on each (${TAGS} tags)`;
const names = Array.from({ length: PROCESSES * PUBLISHERS }, (_, index) => `registry.example.com/team-${index % 7}/app-${index}`);

interface Round {
  readonly checked: number;
  readonly believing: number;
  readonly replayed: number;
}

export async function publishing(): Promise<readonly Row[]> {
  const database = await startDatabase();
  if ('reason' in database) return [{ figure, measured: `skipped: ${database.reason}`, mustReach: '', reached: undefined }];
  const folder = await temporaryFolder();
  const closers: (() => Promise<void>)[] = [() => database.remove(), () => folder.remove()];
  try {
    const key = join(folder.path, 'checked-0', 'master.key');
    const started = (server: RunningServer): void => void closers.unshift(() => server.kill('SIGTERM'));
    const checked = await startServers(
      { store: await database.fresh('checked'), folder: join(folder.path, 'checked'), key, started },
      process.env,
    );
    const believer = `--import ${pathToFileURL(join(folderOfPrograms, 'believing.mjs'))}`;
    const env = { ...process.env, NODE_OPTIONS: believer };
    const believing = await startServers(
      { store: await database.fresh('believing'), folder: join(folder.path, 'believing'), key, started },
      env,
    );
    const judged = await judgedUploads(key, names, PREPARED);
    const replays = await startReplays(database, folder.path, judged);
    closers.unshift(...replays.map((replay) => () => replay.end()));
    const toChecked = await uploadersTo(checked, judged);
    const toBelieving = await uploadersTo(believing, judged);
    closers.unshift(async () => {
      for (const uploader of [...toChecked, ...toBelieving]) uploader.close();
    });

    const round = async (most: number, turn: number, replay: number): Promise<Round> => ({
      checked: await uploadFor(toChecked, most, turn),
      believing: await uploadFor(toBelieving, most, turn),
      replayed: await replayFor(replays, most, replay),
    });
    const untimed = Number.POSITIVE_INFINITY;
    for (let sent = 0; sent < WARM_UP; sent += WARM_UP_TURN) await round(WARM_UP_TURN, untimed, untimed);
    const rounds: Round[] = [];
    while (rounds.length < ROUNDS) rounds.push(await round(PREPARED, TURN_MS, REPLAY_MS));
    return rowsOf(rounds);
  } finally {
    for (const close of closers) await close();
  }
}

function rowsOf(rounds: readonly Round[]): readonly Row[] {
  const of = (name: keyof Round): number => median(rounds.map((round) => round[name]));
  const share = (name: keyof Round): number => median(rounds.map((round) => round.checked / round[name]));
  const each = rounds.map(({ checked }) => checked.toFixed(0)).join(', ');
  const against = (name: keyof Round): string => ` (${of('checked').toFixed(0)} against ${of(name).toFixed(0)})`;
  return [
    { figure, measured: `${of('checked').toFixed(0)} (rounds: ${each})`, mustReach: '≥ 600', reached: of('checked') >= 600 },
    atLeast('of what the same servers take when no signature is checked', share('believing'), 0.7, against('believing')),
    forComparison('of the same changes straight through the store, nothing judged or sent', share('replayed'), against('replayed')),
  ];
}

interface Fleet {
  readonly store: string;
  readonly folder: string;
  readonly key: string;
  /** Told of each: whoever begins must end, also when the next one does not start. */
  started(server: RunningServer): void;
}

async function startServers({ store, folder, key, started }: Fleet, env: NodeJS.ProcessEnv): Promise<readonly RunningServer[]> {
  const servers: RunningServer[] = [];
  for (let index = 0; index < PROCESSES; index += 1) {
    const data = `${folder}-${index}`;
    const shared = join(data, 'master.key') === key ? [] : ['--master-key-file', key, '--unsafe-new-high-water'];
    const server = await serve(data, ['--store', store, '--log', 'error', ...shared], env);
    servers.push(server);
    started(server);
  }
  return servers;
}

const uploadersTo = (servers: readonly RunningServer[], judged: readonly Judged[]): Promise<readonly Uploader[]> =>
  Promise.all(judged.map((one, index) => uploaderOf(servers[index % PROCESSES]?.url ?? '', one)));

async function startReplays(database: Database, folder: string, judged: readonly Judged[]): Promise<readonly ChildProgram[]> {
  const url = await database.fresh('replayed');
  const replays: ChildProgram[] = [];
  for (let index = 0; index < PROCESSES; index += 1) {
    const file = join(folder, `commits-${index}`);
    await writeFile(file, serialize(judged.filter((_, place) => place % PROCESSES === index).map(({ commits }) => commits)));
    replays.push(await startProgram('replay-process.ts', JSON.stringify({ url, file })));
  }
  return replays;
}

/** Acceptances a second, until each has sent `most`, one has nothing left, or so many milliseconds are over. */
async function uploadFor(uploaders: readonly Uploader[], most: number, milliseconds: number): Promise<number> {
  const start = performance.now();
  let accepted = 0;
  const isOver = (): boolean => performance.now() - start >= milliseconds || uploaders.some(({ left }) => left === 0);
  await Promise.all(
    uploaders.map(async (uploader) => {
      for (let sent = 0; sent < most && !isOver(); sent += 1) {
        await uploader.next();
        accepted += 1;
      }
    }),
  );
  return (1000 * accepted) / (performance.now() - start);
}

async function replayFor(replays: readonly ChildProgram[], most: number, milliseconds: number): Promise<number> {
  const kept = await Promise.all(replays.map((replay) => replay.ask(JSON.stringify([most, Math.min(milliseconds, 60_000)]))));
  return kept.reduce((sum, aSecond) => sum + Number(aSecond), 0);
}

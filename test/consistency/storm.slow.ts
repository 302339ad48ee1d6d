// Publishes, rotations and reads while servers are killed, stopped and cut off; afterwards a checker says whether what everybody was told
// and saw can have happened. `COUNTERSIGN_STORM_SECONDS` says for how long, `COUNTERSIGN_STORM_SEED` repeats the choices of a run.
import { randomInt } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { chanceOf } from '../lab/chance.ts';
import { temporaryFolder } from '../lab/countersign.ts';
import { findPostgres, type Installation, install } from '../lab/debian-postgres.ts';
import { faultsOf } from './checker.ts';
import type { Operation } from './history.ts';
import { found, nameOf, publisher, type Repository, reader } from './people.ts';
import { type Servers, startServers } from './servers.ts';
import { truthOf } from './truth.ts';

const SECONDS = Number(process.env['COUNTERSIGN_STORM_SECONDS'] ?? 60);
const SEED = Number(process.env['COUNTERSIGN_STORM_SEED'] ?? randomInt(2 ** 31));
const [PUBLISHERS, READERS, REPOSITORIES] = [24, 4, 30];

const postgres = await findPostgres();
const where = 'bin' in postgres ? 'three servers on PostgreSQL' : `one server on LevelDB, because ${postgres.reason}`;

describe(`a storm of ${SECONDS} seconds over ${where}, seed ${SEED}`, () => {
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;
  let installation: Installation | undefined;
  let servers: Servers;

  beforeAll(async () => {
    folder = await temporaryFolder();
    if ('bin' in postgres) {
      installation = await install(postgres.bin);
      const { port } = await installation.primary();
      servers = await startServers(3, folder.path, ['--store', `postgres://postgres@127.0.0.1:${port}/postgres`]);
    } else servers = await startServers(1, folder.path, []);
  });
  afterAll(async () => {
    await servers?.close();
    await installation?.remove();
    await folder?.remove();
  });

  it('leaves every repository linearizable', async () => {
    const repositories: Repository[] = [];
    for (let index = 0; index < REPOSITORIES; index += 1) repositories.push(await found(servers.urls[0] ?? '', folder.path, nameOf(index)));
    const operations: Operation[] = [];
    const end = performance.now() + SECONDS * 1000;
    const over = (): boolean => performance.now() >= end;
    const chance = chanceOf(SEED);
    const storm = (who: number) => ({
      folder: folder.path,
      servers: servers.urls,
      repositories,
      operations,
      over,
      chance: chanceOf(SEED + who),
    });
    const people = [
      ...Array.from({ length: PUBLISHERS }, (_, who) => publisher(storm(1 + who), `p${who}`)),
      ...Array.from({ length: READERS }, (_, who) => reader(storm(101 + who), `r${who}`)),
    ];
    const strikes = (async () => {
      while (!over()) {
        await servers.strike(chance);
        await pause(200 + chance.below(1000));
      }
    })();
    await Promise.all([...people, strikes]);

    const records = new Map<string, Awaited<ReturnType<typeof truthOf>>>();
    for (const { gun } of repositories) records.set(gun, await truthOf(servers.urls[0] ?? '', gun));
    const faults = faultsOf({ operations, records });
    const count = (kind: string) =>
      operations.filter((operation) => (operation.kind === 'read' ? 'read' : operation.outcome) === kind).length;
    const { killed, stopped, cut } = servers.done;
    console.log(
      `storm: ${where}, seed ${SEED}, ${SECONDS} s: ${count('accepted')} publishes accepted, ${count('refused')} refused, ${count('unknown')} unknown, ` +
        `${count('read')} reads; ${killed} kills, ${stopped} stops, ${cut} cuts; ${faults.length} faults`,
    );
    expect(faults.slice(0, 20)).toEqual([]);
    expect(count('accepted')).toBeGreaterThan(SECONDS);
    expect(count('read')).toBeGreaterThan(SECONDS);
  });
});

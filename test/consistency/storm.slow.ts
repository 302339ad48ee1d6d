// Publishes, rotations, deletions and reads while servers are killed, stopped and cut off, from people and from their database; afterwards a checker says whether what everybody was told
// and saw can have happened. `COUNTERSIGN_STORM_SECONDS` says for how long, `COUNTERSIGN_STORM_SEED` repeats the choices of a run.
import { randomInt } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { chanceOf } from '../lab/chance.ts';
import { temporaryFolder } from '../lab/countersign.ts';
import { findPostgres, type Installation, install } from '../lab/debian-postgres.ts';
import { faultsOf } from './checker.ts';
import { deleter } from './deleter.ts';
import type { Operation, Write } from './history.ts';
import { found, nameOf, publisher, type Repository, reader } from './people.ts';
import { type Servers, startServers } from './servers.ts';
import { truthOf } from './truth.ts';

const SECONDS = Number(process.env['COUNTERSIGN_STORM_SECONDS'] ?? 60);
const SEED = Number(process.env['COUNTERSIGN_STORM_SEED'] ?? randomInt(2 ** 31));
const [PUBLISHERS, READERS, REPOSITORIES, DELETABLE] = [24, 4, 30, 5];

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
      servers = await startServers(3, folder.path, [], String(port));
    } else servers = await startServers(1, folder.path, []);
  });
  afterAll(async () => {
    await servers?.close();
    await installation?.remove();
    await folder?.remove();
  });

  it('leaves every repository linearizable', { timeout: (300 + 3 * SECONDS) * 1000 }, async () => {
    const repositories: Repository[] = [];
    for (let index = 0; index < REPOSITORIES; index += 1)
      repositories.push(await found(servers.urls[0] ?? '', folder.path, nameOf(index), index < DELETABLE));
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
      deleter(storm(201), 'd0'),
    ];
    const strikes = (async () => {
      while (!over()) {
        await servers.strike(chance);
        await pause(200 + chance.below(1000));
      }
    })();
    await Promise.all([...people, strikes]);

    const records = new Map<string, Awaited<ReturnType<typeof truthOf>>>();
    await Promise.all(repositories.map(async ({ gun }) => void records.set(gun, await truthOf(servers.urls[0] ?? '', gun))));
    const faults = faultsOf({ operations, records });
    const howMany = (kind: Operation['kind']): number => operations.filter((operation) => operation.kind === kind).length;
    const [reads, absences] = [howMany('read'), howMany('absence')];
    const writes = (outcome: Write['outcome']): number =>
      operations.filter((operation) => operation.kind === 'write' && operation.outcome === outcome).length;
    const deleted = [...records.values()].flat().filter(({ deletes }) => deletes).length;
    const { killed, stopped, cut, severed } = servers.done;
    console.log(
      `storm: ${where}, seed ${SEED}, ${SECONDS} s: ${writes('accepted')} publishes accepted, ${writes('refused')} refused, ` +
        `${writes('unknown')} unknown, ${deleted} deletions, ${reads} reads, ${absences} of nothing; ${killed} kills, ${stopped} stops, ` +
        `${cut} cuts, ${severed} cuts of the database; ${faults.length} faults`,
    );
    expect(faults.slice(0, 20)).toEqual([]);
    expect(writes('accepted')).toBeGreaterThan(SECONDS);
    expect(reads).toBeGreaterThan(SECONDS);
    expect(deleted).toBeGreaterThan(0);
  });
});

// The night when a primary dies: PostgreSQL with a synchronous standby, killed under load, the standby promoted. Nothing that was
// acknowledged may be lost, and servers find the new primary by themselves.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { faultsOf } from '../../consistency/checker.ts';
import type { Operation } from '../../consistency/history.ts';
import { found, nameOf, publisher, type Repository, reader } from '../../consistency/people.ts';
import { type Servers, startServers } from '../../consistency/servers.ts';
import { truthOf } from '../../consistency/truth.ts';
import { chanceOf } from '../../lab/chance.ts';
import { temporaryFolder } from '../../lab/countersign.ts';
import { findPostgres, type Installation, install, type Postgres } from '../../lab/debian-postgres.ts';

const [PUBLISHERS, READERS, REPOSITORIES] = [8, 2, 6];
const BEFORE = 4000;
const AFTER = 12_000;
const SEED = 20_261_122;

const postgres = await findPostgres();
const reason = 'reason' in postgres ? `: skipped, ${postgres.reason}` : '';

describe.skipIf('reason' in postgres)(`a primary that dies under load${reason}`, () => {
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;
  let installation: Installation;
  let [primary, standby]: (Postgres | undefined)[] = [];
  let servers: Servers;

  beforeAll(async () => {
    folder = await temporaryFolder();
    installation = await install('bin' in postgres ? postgres.bin : '');
    primary = await installation.primary();
    standby = await installation.standby(primary);
    const url = `postgres://postgres@127.0.0.1:${primary.port},127.0.0.1:${standby.port}/postgres`;
    servers = await startServers(2, folder.path, ['--store', url]);
  });
  afterAll(async () => {
    await servers?.close();
    await installation?.remove();
    await folder?.remove();
  });

  it('loses no acknowledged publish, and goes on with the new primary', async () => {
    const repositories: Repository[] = [];
    for (let index = 0; index < REPOSITORIES; index += 1)
      repositories.push(await found(servers.urls[0] ?? '', folder.path, nameOf(index), false));
    const operations: Operation[] = [];
    const start = performance.now();
    const storm = (who: number) => ({
      folder: folder.path,
      servers: servers.urls,
      repositories,
      operations,
      over: () => performance.now() - start > BEFORE + AFTER,
      chance: chanceOf(SEED + who),
    });
    const people = Promise.all([
      ...Array.from({ length: PUBLISHERS }, (_, who) => publisher(storm(1 + who), `p${who}`)),
      ...Array.from({ length: READERS }, (_, who) => reader(storm(101 + who), `r${who}`)),
    ]);
    await new Promise((resolve) => setTimeout(resolve, BEFORE));
    const died = performance.now();
    await primary?.kill();
    await standby?.promote();
    const promoted = performance.now();
    await people;

    const accepted = operations.filter((operation) => operation.kind === 'write' && operation.outcome === 'accepted');
    // Begun afterwards, too: an answer to what was written before may still have been on its way.
    const next = accepted.filter((operation) => operation.start > died).sort((one, other) => one.end - other.end)[0];
    const records = new Map<string, Awaited<ReturnType<typeof truthOf>>>();
    for (const { gun } of repositories) records.set(gun, await truthOf(servers.urls[1] ?? '', gun));
    const faults = faultsOf({ operations, records });
    const seconds = (moment: number | undefined): string => (((moment ?? Number.NaN) - died) / 1000).toFixed(1);
    console.log(
      `failover: ${accepted.length} publishes acknowledged, ${faults.length} faults; promoted after ${seconds(promoted)} s, first publish after ${seconds(next?.end)} s`,
    );
    expect(faults).toEqual([]);
    expect(next).toBeDefined();
    expect(accepted.filter((operation) => operation.end < died).length).toBeGreaterThan(10);
  });
});

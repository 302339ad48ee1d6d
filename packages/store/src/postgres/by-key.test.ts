// What a publish costs the database must not grow with what was published before.
import { createHash } from 'node:crypto';
import { noPostgres, startPostgres, type TestPostgres } from '@countersign/testkit';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { allRoles, bytesOf, digestOf, gun, newFile, publish, role } from '../contract/samples.ts';
import type { Head, RepositoryRef } from '../store.ts';
import { quick } from '../testing/quick.ts';
import { readAddress } from './address.ts';
import { connectTo } from './connection.ts';
import { leastLarge } from './large.ts';
import { openPostgresStore } from './open.ts';

const ROUNDS = 10;
const repositories: readonly RepositoryRef[] = Array.from({ length: 25 }, (_, index) => ({ gun: gun(`app/${index}`), dialect: 'tuf' }));
const claimsOf = (place: number, round: number) =>
  Array.from({ length: 3 }, (_, index) => ({
    kind: 'targets',
    digest: createHash('sha256').update(`${place} ${round} ${index}`).digest('hex'),
  }));

let server: TestPostgres;
beforeAll(async () => {
  if (noPostgres === undefined) server = await startPostgres();
});
afterAll(async () => {
  await server?.stop();
});

it.skipIf(noPostgres)(
  'looks for heads, claims, versions, files and drafts by their keys, also when its statements were planned over empty tables',
  async () => {
    const url = await server.freshUrl();
    // One connection for reads: each statement is planned once, at the beginning.
    const store = await openPostgresStore(url, { ...quick, connections: 1 });
    const heads = new Map<RepositoryRef, Head>();
    for (let round = 1; round <= ROUNDS; round += 1) {
      // In small batches: a statement that asks for a whole table may as well read it.
      for (const [place, repository] of repositories.entries()) {
        const claims = claimsOf(place, round);
        await store.claimants(claims);
        const large = newFile('targets', round, 'x'.repeat(place === 0 ? leastLarge : 10));
        const files = round === 1 ? allRoles(1) : [large];
        const bytes = bytesOf('x'.repeat(place === 0 ? leastLarge + round : round));
        const pending = [{ role: role('releases'), signed: digestOf(bytes), bytes }];
        heads.set(repository, await publish(store, repository, heads.get(repository), { files, claims, pending }));
      }
    }
    await store.close();
    const sql = connectTo(readAddress(url), quick, 1);
    try {
      const tables = await sql<{ relname: string; read: number }[]>`
      select relname, seq_tup_read::int as read from pg_stat_user_tables
      where relname in ('countersign_claims', 'countersign_drafts', 'countersign_files', 'countersign_heads', 'countersign_parts',
        'countersign_records', 'countersign_versions') order by relname`;
      expect(tables.map(({ relname, read }) => [relname, read])).toEqual([
        ['countersign_claims', 0],
        ['countersign_drafts', 0],
        ['countersign_files', 0],
        ['countersign_heads', 0],
        ['countersign_parts', 0],
        ['countersign_records', 0],
        ['countersign_versions', 0],
      ]);
    } finally {
      await sql.end();
    }
  },
);

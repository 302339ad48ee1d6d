// Brings the tables to the version that this program knows, one process at a time: whoever holds the row of `countersign_schema` migrates,
// the others wait for it and find nothing left to do.
import { StoreError } from '../errors.ts';
import type { Address } from './address.ts';
import { type Line, refusalOf, unavailable } from './connection.ts';
import { type Migration, migrations } from './migrations.ts';

const mostAttempts = 20;

/**
 * @throws StoreError `schema` when the tables are of a newer program that this one cannot work beside, or the database is not in UTF-8;
 * `unavailable`
 */
export async function migrate(line: Line, address: Address, steps: readonly Migration[] = migrations): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      await line.run(() => prepare(line));
      await line.run(() => apply(line, address, steps));
      return;
    } catch (error) {
      if (!line.isLost) await line.run(async () => line.sql`rollback`);
      if (error instanceof StoreError) throw error;
      // Two processes that make the same table at once, or one that waits for the other for long.
      const isRace = ['23505', '42P07', '42710', '40001', '40P01', '55P03'].includes(refusalOf(error) ?? '');
      if (!isRace || attempt === mostAttempts) throw unavailable(address, 'could not be brought to the layout of this program', error);
    }
  }
}

async function prepare({ sql }: Line): Promise<void> {
  await sql`create table if not exists countersign_schema (id bigint primary key, version bigint not null, oldest bigint not null)`;
  await sql`insert into countersign_schema (id, version, oldest) values (1, 0, 0) on conflict do nothing`;
}

async function apply({ sql }: Line, address: Address, steps: readonly Migration[]): Promise<void> {
  const [encoding] = await sql<{ server_encoding: string }[]>`show server_encoding`;
  if (encoding?.server_encoding !== 'UTF8') {
    throw wrong(address, `is in ${encoding?.server_encoding}, wanted UTF8: names of repositories would not fit`);
  }
  await sql`begin isolation level read committed`;
  const [found] = await sql<{ version: number; oldest: number }[]>`
    select version, oldest from countersign_schema where id = 1 for update`;
  const known = steps.at(-1)?.version ?? 0;
  if (found === undefined) throw wrong(address, 'lost the row that names its layout');
  if (found.oldest > known) {
    throw wrong(
      address,
      `has layout ${found.version} and takes programs from layout ${found.oldest} on; this one knows ${known}: update it`,
    );
  }
  for (const { version, oldest, statements } of steps) {
    if (version <= found.version) continue;
    if (statements.length > 0) await sql.unsafe(statements.join(';\n'));
    await sql`update countersign_schema set version = ${version}, oldest = ${oldest} where id = 1`;
  }
  await sql`commit`;
}

const wrong = (address: Address, what: string): StoreError =>
  new StoreError('schema', `the database ${address.shown} ${what}`, { details: { database: address.shown } });

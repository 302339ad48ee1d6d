// Opens a store on PostgreSQL: the address, the first connection, the tables.
import { type Address, readAddress } from './address.ts';
import { Line, type PostgresStoreOptions, unavailable } from './connection.ts';
import { migrate } from './migrate.ts';
import { PostgresStore } from './postgres-store.ts';
import { Reads } from './reads.ts';
import { Writer } from './writer.ts';

/**
 * Opens the store in a database, or makes its tables there. Any number of processes may have it open.
 *
 * @param url `postgres://USER:PASSWORD@HOST:PORT/DATABASE`; with several hosts (`HOST:PORT,HOST:PORT`) the one that takes writes is used.
 * `?sslmode=verify-full` demands TLS with a certificate that is checked; `?search_path=NAME` puts the tables in a schema of their own.
 * @throws StoreError `invalid` for an address that is none, `unavailable`, `schema`; never with the password in its message
 */
export async function openPostgresStore(url: string, options: PostgresStoreOptions): Promise<PostgresStore> {
  const address = readAddress(url);
  const line = await firstLine(address, options);
  try {
    await migrate(line, address);
  } catch (error) {
    await line.discard();
    throw error;
  }
  return new PostgresStore(new Reads(address, options), new Writer(address, options, line));
}

async function firstLine(address: Address, options: PostgresStoreOptions): Promise<Line> {
  try {
    return await Line.open(address, options);
  } catch (error) {
    throw unavailable(address, 'cannot be reached', error);
  }
}

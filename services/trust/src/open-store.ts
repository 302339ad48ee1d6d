// Where a server keeps what it serves: in its data folder, which it has alone, or in a database that it shares with others.
import { join } from 'node:path';
import { type MetadataStore, openLevelStore, openPostgresStore } from '@countersign/store';
import type { ServerConfig } from './config.ts';
import { ADDRESS_WANTED, isDatabaseAddress } from './database-address.ts';
import { StartError } from './errors.ts';
import { checkNotHalfRestored } from './restore.ts';

// A publish waits for the one before it on the same repository, and that one for a disk and a standby. A database that fails over is back
// within seconds: a request may wait for it, and is refused with 503 when it takes longer. A read takes milliseconds, and clients ask again.
const DATABASE = { connections: 4, lockTimeout: 10_000, statementTimeout: 30_000, readTimeout: 5000, reconnectTimeout: 5000 } as const;

/** Throws StartError for a folder that was restored by half, and StoreError: `locked` where another process has the data folder, `unavailable`, `schema`, `invalid`. */
export async function openStore({ store, data }: ServerConfig): Promise<MetadataStore> {
  await checkNotHalfRestored(data);
  if (store === undefined) return await openLevelStore(join(data, 'store'));
  return await openDatabase(store, 'countersign serve');
}

/** `program`: how the database lists its connections. Throws StartError `invalid-config` for the address, which is not shown; StoreError: `unavailable`, `schema`. */
export async function openDatabase(url: string, program: string): Promise<MetadataStore> {
  if (!isDatabaseAddress(url)) throw new StartError('invalid-config', `the database: ${ADDRESS_WANTED}`);
  return await openPostgresStore(url, { applicationName: program, ...DATABASE });
}

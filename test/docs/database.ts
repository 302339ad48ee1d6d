// The database of pages about several servers: Debian's PostgreSQL, where it is installed.
import { findPostgres, install } from '../lab/debian-postgres.ts';

export interface Database {
  /** `127.0.0.1:PORT` */
  readonly host: string;
  close(): Promise<void>;
}

/** Undefined where there is none. */
export async function startDatabase(): Promise<Database | undefined> {
  const found = await findPostgres();
  if ('reason' in found) return undefined;
  const installation = await install(found.bin);
  const { port } = await installation.primary();
  return { host: `127.0.0.1:${port}`, close: installation.remove };
}

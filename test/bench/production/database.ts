// The PostgreSQL that the rows of this folder share: Debian's, with its disk synced, as an operator runs it.
import { findPostgres, type Installation, install, type Postgres } from '../../lab/debian-postgres.ts';

export interface Database {
  readonly postgres: Postgres;
  /** The address of a new database, empty unless told what to begin with. */
  fresh(name: string, begin?: string): Promise<string>;
  remove(): Promise<void>;
}

/** Or why there is none. */
export async function startDatabase(): Promise<Database | { readonly reason: string }> {
  const found = await findPostgres();
  if ('reason' in found) return found;
  const installation: Installation = await install(found.bin);
  try {
    const postgres = await installation.primary();
    return {
      postgres,
      async fresh(name, begin) {
        await postgres.sql(`create database ${name}`);
        if (begin !== undefined) await postgres.sql(begin, name);
        return `postgres://postgres@127.0.0.1:${postgres.port}/${name}`;
      },
      remove: () => installation.remove(),
    };
  } catch (error) {
    await installation.remove();
    throw error;
  }
}

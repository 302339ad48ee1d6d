// How tests open a store on PostgreSQL: soon tired of waiting.
import type { PostgresStoreOptions } from '../postgres/connection.ts';

export const quick: PostgresStoreOptions = {
  applicationName: 'countersign test',
  connections: 4,
  lockTimeout: 2000,
  statementTimeout: 5000,
  readTimeout: 5000,
  reconnectTimeout: 5000,
};

import { noPostgres, startPostgres, type TestPostgres } from '@countersign/testkit';
import { afterAll, beforeAll, describe } from 'vitest';
import { storeContract } from '../contract.ts';
import { quick } from '../testing/quick.ts';
import { openPostgresStore } from './open.ts';

describe.skipIf(noPostgres !== undefined)(noPostgres ?? 'on a database of its own', () => {
  let server: TestPostgres;
  beforeAll(async () => {
    server = await startPostgres();
  });
  afterAll(() => server.stop());

  storeContract('PostgreSQL', async () => {
    const url = await server.freshUrl();
    let store = await openPostgresStore(url, quick);
    return {
      get store() {
        return store;
      },
      async reopen() {
        await store.close();
        store = await openPostgresStore(url, quick);
      },
      async dispose() {
        await store.close();
      },
    };
  });
});

import { storeContract } from '../contract.ts';
import { postgresServer, quick } from '../testing/postgres-server.ts';
import { openPostgresStore } from './open.ts';

const server = postgresServer();

storeContract('PostgreSQL', async () => {
  const url = await server().freshUrl();
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

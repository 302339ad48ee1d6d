import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { storeContract } from '../contract.ts';
import { openLevelStore } from './open.ts';

storeContract('LevelDB', async () => {
  const parent = await mkdtemp(join(tmpdir(), 'countersign-store-'));
  const folder = join(parent, 'store');
  let store = await openLevelStore(folder);
  return {
    get store() {
      return store;
    },
    async reopen() {
      await store.close();
      store = await openLevelStore(folder);
    },
    async dispose() {
      await store.close();
      await rm(parent, { recursive: true });
    },
  };
});

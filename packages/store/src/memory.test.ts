import { storeContract } from './contract.ts';
import { memoryStore } from './memory.ts';

storeContract('memory', async () => {
  const store = memoryStore();
  return { store, dispose: () => store.close() };
});

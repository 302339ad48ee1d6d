// The high-water marks of a server, opened beside the store that they belong to.
import type { MetadataStore } from '@countersign/store';
import { anyRepository } from './any-repository.ts';
import type { ServerConfig } from './config.ts';
import { StartError } from './errors.ts';
import { type HighWater, openHighWater } from './high-water.ts';
import { openKeyring } from './open-keyring.ts';
import { openStore } from './open-store.ts';

/** Throws StartError. */
export const openMarksBeside = (store: MetadataStore, config: ServerConfig): Promise<HighWater> =>
  openHighWater(config.highWater, () => checkNoMarksNeeded(config, store));

/** Marks for several processes to share: the store is looked at, and closed again. Throws StartError. */
export async function openMarks(config: ServerConfig): Promise<HighWater> {
  const store = await openStore(config);
  try {
    if (store.movedSince === undefined) throw new StartError('invalid-config', ONE_PROCESS);
    // Here, and not in each worker: a first start makes the master key.
    if (config.signer === undefined) await openKeyring(config, store);
    return await openMarksBeside(store, config);
  } finally {
    await store.close();
  }
}

const ONE_PROCESS = 'workers: wanted 1, because the store in the data folder has room for one process; --store names a database';

/** A store that has repositories had marks: without them, a restored backup would go unnoticed. */
async function checkNoMarksNeeded(config: ServerConfig, store: MetadataStore): Promise<void> {
  const some = config.unsafeNewHighWater ? undefined : await anyRepository(store);
  if (some === undefined) return;
  const text = `${config.highWater} is missing, but the store has ${some.gun} and maybe more: bring the file back from where it was`;
  throw new StartError('missing-marks', text);
}

// What a client works with, opened once from its options.
import { type MetadataCache, openCache } from './cache-dir.ts';
import { type Clock, openClock } from './clock.ts';
import { type FloorStore, openFloors } from './floor.ts';
import { type Memory, openMemory } from './memory.ts';
import type { ClientOptions } from './options.ts';
import { type TrustServer, trustServer } from './trust-server.ts';

export interface World {
  readonly options: ClientOptions;
  readonly server: TrustServer;
  readonly floors: FloorStore;
  readonly cache: MetadataCache;
  readonly clock: Clock;
  readonly memory: Memory;
}

export function openWorld(options: ClientOptions): World {
  const { folders, crypto, random, builtAt } = options;
  return {
    options,
    server: trustServer(options),
    floors: openFloors({ folder: folders.state, crypto, random }),
    cache: openCache({ folder: folders.cache, crypto, random }),
    clock: openClock({ folder: folders.state, builtAt }),
    memory: openMemory(),
  };
}

// What a client works with, opened once from its options.
import { type MetadataCache, openCache } from './cache-dir.ts';
import { type Clock, openClock } from './clock.ts';
import { type FloorStore, openFloors } from './floor.ts';
import { type Memory, openMemory } from './memory.ts';
import type { ClientOptions, ReadingOptions } from './options.ts';
import { type MetadataSource, type TrustServer, trustServer } from './trust-server.ts';

/** What a refresh works with. */
export interface ReadingWorld {
  readonly options: ReadingOptions;
  readonly server: MetadataSource;
  readonly floors: FloorStore;
  readonly cache: MetadataCache;
  readonly clock: Clock;
  readonly memory: Memory;
}

export interface World extends ReadingWorld {
  readonly options: ClientOptions;
  readonly server: TrustServer;
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

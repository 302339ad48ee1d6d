// What a client works with, opened once from its options.
import { type MetadataCache, openCache } from './cache-dir.ts';
import { type Clock, openClock } from './clock.ts';
import { type FloorStore, openFloors } from './floor.ts';
import { type Memory, openMemory } from './memory.ts';
import type { ClientOptions, ReaderOptions, ReadingOptions } from './options.ts';
import { type MetadataSource, servedMetadata } from './served-metadata.ts';
import { type TrustServer, trustServer } from './trust-server.ts';

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

export const openWorld = (options: ClientOptions): World => ({ ...openReadingWorld(options), options, server: trustServer(options) });

export function openReadingWorld(options: ReaderOptions): ReadingWorld {
  const { folders, crypto, random, builtAt } = options;
  return {
    options,
    server: servedMetadata(options),
    floors: openFloors({ folder: folders.state, crypto, random }),
    cache: openCache({ folder: folders.cache, crypto, random }),
    clock: openClock({ folder: folders.state, builtAt }),
    memory: openMemory(),
  };
}

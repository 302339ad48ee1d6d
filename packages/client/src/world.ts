// What a client works with, opened once from its options.
import { type Dialect, tuf } from '@countersign/core';
import { type MetadataCache, openCache } from './cache-dir.ts';
import { type Clock, openClock } from './clock.ts';
import { type FloorStore, openFloors } from './floor.ts';
import { type Memory, openMemory } from './memory.ts';
import type { ClientOptions, ReaderOptions, ReadingOptions } from './options.ts';
import { type MetadataSource, servedMetadata } from './served-metadata.ts';
import { type TrustServer, trustServer } from './trust-server.ts';

/** What a refresh works with. */
export interface ReadingWorld {
  readonly dialect: Dialect;
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
  const world = openReadingWorld(options);
  return { ...world, options, server: trustServer({ ...options, dialect: world.dialect }) };
}

export function openReadingWorld(options: ReaderOptions): ReadingWorld {
  const { folders, crypto, random, builtAt, dialect = tuf } = options;
  return {
    options,
    dialect,
    server: servedMetadata({ ...options, dialect }),
    floors: openFloors({ folder: folders.state, crypto, random, dialect }),
    cache: openCache({ folder: folders.cache, crypto, random, dialect }),
    clock: openClock({ folder: folders.state, builtAt }),
    memory: openMemory(),
  };
}

// A client of this machine: the same limits, lifetimes, folders and clock for every command, and offline where that was asked for.
import { randomBytes } from 'node:crypto';
import {
  type ClientOptions,
  createClient,
  createReader,
  type ReaderOptions,
  type TrustClient,
  type TrustReader,
} from '@countersign/client';
import { STANDARD_LIMITS } from '@countersign/core';
import { nativeCryptography } from '@countersign/crypto-native';
import type { Folders } from '../folders.ts';
import { isSet } from '../output.ts';
import { variable } from '../variables.ts';
import type { World } from '../world.ts';

const YEAR = 365 * 86_400_000;

export const isOffline = (world: Pick<World, 'env'>): boolean => isSet(variable(world, 'COUNTERSIGN_OFFLINE'));

export interface ClientSettings extends Pick<ClientOptions, 'server' | 'authorization' | 'http' | 'anchor' | 'dialect' | 'heldSigners'> {
  /** `never`: the server is not asked, whatever the environment says. */
  readonly ask: 'unless-offline' | 'never';
}

/** Whoever opens it closes it, and the HTTP client too. */
export type OpenClient<Client> = (world: World, folders: Folders, settings: ClientSettings) => Client;

export const openClient: OpenClient<TrustClient> = (world, folders, settings) =>
  createClient({ ...reading(world, folders, settings), lifetimes: { root: 2 * YEAR, targets: YEAR } });

/** The half that `verify` needs: it starts before every pull, and the code that publishes stays out of its way. */
export const openReader: OpenClient<TrustReader> = (world, folders, settings) => createReader(reading(world, folders, settings));

const reading = (world: World, folders: Folders, { ask, ...settings }: ClientSettings): ReaderOptions => ({
  ...settings,
  crypto: nativeCryptography(),
  limits: STANDARD_LIMITS,
  folders: { state: folders.state, cache: folders.cache, owner: world.userId },
  now: world.now,
  builtAt: world.builtAt,
  random: (length) => randomBytes(length),
  offline: ask === 'never' || isOffline(world),
});

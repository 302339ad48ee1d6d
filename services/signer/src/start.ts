// Puts a signing service together, and takes it apart in the other order.
import { join } from 'node:path';
import { type Cryptography, type Instant, STANDARD_LIMITS } from '@countersign/core';
import { nativeCryptography } from '@countersign/crypto-native';
import type { SignerConfig } from './config.ts';
import { edge } from './edge.ts';
import { InTurn } from './in-turn.ts';
import { derivedKeyring } from './keyring.ts';
import { listen } from './listener.ts';
import type { Logger } from './log.ts';
import { openMaster } from './master.ts';
import { openMemory } from './memory-store.ts';
import type { Signing } from './signing.ts';

export interface SigningServiceOptions {
  readonly config: SignerConfig;
  /** Opens the master key, or encrypts the one that a first start makes. */
  readonly passphrase: string;
  /** In place of Node's: for who counts what is asked of it. */
  readonly crypto?: Cryptography;
  now(): Instant;
  readonly log: Logger;
}

export interface SigningService {
  /** `https://127.0.0.1:4444`, without a slash at the end. */
  readonly url: string;
  /** Takes no more requests, finishes those under way, and closes what it opened. May be called again. */
  close(): Promise<void>;
}

const PATIENCE = 10_000;

// Clients of Notary warn of a snapshot that ends within six months, and its own server gives it three years.
const NOTARY_SNAPSHOT = 3 * 365 * 86_400_000;

/**
 * Starts a signing service.
 *
 * @throws SetupError, KeyError for the master key
 */
export async function startSigningService({ config, passphrase, crypto, now, log }: SigningServiceOptions): Promise<SigningService> {
  const master = await openMaster(config.data, passphrase);
  const absent = master.found && !config.unsafeNewMemory ? 'refuse' : 'begin';
  const store = await openMemory(join(config.data, 'memory'), master.fingerprint, absent);
  try {
    const signing: Signing = {
      store,
      keyring: derivedKeyring(master.secret),
      turns: new InTurn(),
      limits: STANDARD_LIMITS,
      crypto: crypto ?? nativeCryptography(),
      now,
      longest: ({ dialect }) => ({
        timestamp: config.longest.timestamp,
        snapshot: dialect === 'notary' ? Math.max(config.longest.snapshot, NOTARY_SNAPSHOT) : config.longest.snapshot,
      }),
    };
    const listener = await listen(config, edge(config, signing, log), log);
    log.info({ url: listener.url, data: config.data }, 'listening');
    let closing: Promise<void> | undefined;
    const close = async (): Promise<void> => {
      await listener.close(PATIENCE);
      await signing.turns.idle();
      await store.close();
    };
    return {
      url: listener.url,
      close: () => {
        closing ??= close();
        return closing;
      },
    };
  } catch (error) {
    await store.close();
    throw error;
  }
}

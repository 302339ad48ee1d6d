// Puts a signing service together, and takes it apart in the other order.
import type { RequestListener } from 'node:http';
import { join } from 'node:path';
import { type Cryptography, type Instant, STANDARD_LIMITS } from '@countersign/core';
import { nativeCryptography } from '@countersign/crypto-native';
import { Condition } from './condition.ts';
import type { SignerConfig } from './config.ts';
import { edge } from './edge.ts';
import { InTurn } from './in-turn.ts';
import { derivedKeyring } from './keyring.ts';
import { type Listener, listen, listenPlain } from './listener.ts';
import type { Logger } from './log.ts';
import { openMaster } from './master.ts';
import { type MemoryStore, openMemory } from './memory-store.ts';
import { numbersFront } from './metrics-listener.ts';
import { Numbers } from './numbers.ts';
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
  /** Where the numbers are read, when they have an address of their own. */
  readonly metricsUrl?: string;
  /** Reads the files of its certificates again. What does not work changes nothing but the log. */
  reload(): Promise<void>;
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
  const condition = new Condition(() => store.reopen(), config.data, log);
  const store: MemoryStore = await openMemory({
    folder: join(config.data, 'memory'),
    master: master.fingerprint,
    absent,
    failed: (error) => condition.doubt(error),
  });
  try {
    const signing: Signing = {
      store,
      keyring: derivedKeyring(master.secret),
      turns: new InTurn(),
      numbers: new Numbers(),
      limits: STANDARD_LIMITS,
      crypto: crypto ?? nativeCryptography(),
      now,
      longest: ({ dialect }) => ({
        timestamp: config.longest.timestamp,
        snapshot: dialect === 'notary' ? Math.max(config.longest.snapshot, NOTARY_SNAPSHOT) : config.longest.snapshot,
      }),
    };
    const listener = await listen(config, edge(config, signing, condition, log), log);
    const metrics = config.metricsListen && (await plainBeside(listener, config.metricsListen, numbersFront(signing.numbers, condition)));
    const told = metrics === undefined ? {} : { metricsUrl: metrics.url };
    log.info({ url: listener.url, data: config.data, ...told }, 'listening');
    let closing: Promise<void> | undefined;
    const close = async (): Promise<void> => {
      await metrics?.close(0);
      await listener.close(PATIENCE);
      await signing.turns.idle();
      await condition.close();
      await store.close();
    };
    return {
      url: listener.url,
      ...told,
      reload: () => listener.reload(),
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

/** One that cannot be had must not leave the other behind. */
async function plainBeside(listener: Listener, at: SignerConfig['listen'], front: RequestListener): Promise<Omit<Listener, 'reload'>> {
  try {
    return await listenPlain(at, front);
  } catch (error) {
    await listener.close(0);
    throw error;
  }
}

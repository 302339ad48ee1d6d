// The move of a trust server that signed by itself: its master secret becomes that of this service, and every repository is adopted as it
// stands, verified from its root down. It works on the data folder of a service that does not run, because only whoever runs it may say what
// was published before.
import { join } from 'node:path';
import { type Instant, type RoleName, STANDARD_LIMITS } from '@countersign/core';
import { nativeCryptography } from '@countersign/crypto-native';
import { InTurn } from './in-turn.ts';
import { derivedKeyring } from './keyring.ts';
import { openMaster, placeMaster } from './master.ts';
import { openMemory } from './memory-store.ts';
import { PolicyError } from './policy/errors.ts';
import type { SignerRole } from './policy/memory.ts';
import type { SignerRepository } from './policy/request.ts';
import { takeOver } from './signing.ts';

/** A repository as a store has it: the newest file of each role. */
export interface StandingRepository {
  readonly repository: SignerRepository;
  readonly files: ReadonlyMap<RoleName, Uint8Array>;
  /** Of the server's keys in force. */
  readonly generations: ReadonlyMap<SignerRole, number>;
}

export interface TakeOver {
  readonly data: string;
  readonly passphrase: string;
  /** The master secret of the trust server; undefined where the service has it already. */
  readonly secret: Uint8Array | undefined;
  readonly repositories: AsyncIterable<StandingRepository>;
  now(): Instant;
}

export interface TakenOver {
  readonly repository: SignerRepository;
  /** `known` from an earlier run, or from a publish. */
  readonly outcome: 'taken-over' | 'known' | 'refused';
  readonly why?: string;
}

/** May be run again. Throws SetupError: `locked` above all, and KeyError for the master key. */
export async function* takeOverAll({ data, passphrase, secret, repositories, now }: TakeOver): AsyncGenerator<TakenOver> {
  const master = secret === undefined ? await openMaster(data, passphrase) : await placeMaster(data, secret, passphrase);
  const store = await openMemory({
    folder: join(data, 'memory'),
    master: master.fingerprint,
    absent: master.found ? 'refuse' : 'begin',
    // It ends with the error, and is run again.
    failed: () => undefined,
  });
  const signing = {
    store,
    keyring: derivedKeyring(master.secret),
    turns: new InTurn(),
    limits: STANDARD_LIMITS,
    crypto: nativeCryptography(),
    now,
  };
  try {
    for await (const { repository, files, generations } of repositories) {
      const { files: known, released } = store.of(repository);
      if (known.size > 0 && !released) {
        yield { repository, outcome: 'known' };
        continue;
      }
      const one = (role: SignerRole) => [generations.get(role) ?? 1];
      try {
        await takeOver(repository, files, signing, { timestamp: one('timestamp'), snapshot: one('snapshot') });
        yield { repository, outcome: 'taken-over' };
      } catch (error) {
        if (!(error instanceof PolicyError)) throw error;
        yield { repository, outcome: 'refused', why: error.message };
      }
    }
  } finally {
    await store.close();
  }
}

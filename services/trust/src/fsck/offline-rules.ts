// What a check of a data folder goes by when no server runs on it.
import { join } from 'node:path';
import { STANDARD_LIMITS } from '@countersign/core';
import { nativeCryptography } from '@countersign/crypto-native';
import { isKeyError, loadMasterKey } from '@countersign/signers';
import { DIALECTS } from '../dialects.ts';
import { type ServerKeyring, serverKeyring } from '../server-keys.ts';
import type { FsckRules } from './fsck.ts';
import { marksInFile } from './known-marks.ts';

export interface OfflinePlaces {
  /** The data folder; without it, or without a master key there, the server's keys are not compared. */
  readonly data: string | undefined;
  /** The high-water file; without it, nobody knows whether the store is the newest. */
  readonly highWater: string | undefined;
}

/** Reads the marks of this moment: what is checked must be read after it. Throws KeyError, and the system's error for the high-water file. */
export async function offlineRules({ data, highWater }: OfflinePlaces): Promise<FsckRules> {
  const keyring = data === undefined ? undefined : await keyringIn(data);
  const marks = highWater === undefined ? undefined : await marksInFile(highWater);
  return { limits: STANDARD_LIMITS, crypto: nativeCryptography(), dialects: DIALECTS, keyring, marks };
}

async function keyringIn(data: string): Promise<ServerKeyring | undefined> {
  try {
    return serverKeyring(await loadMasterKey({ file: join(data, 'master.key') }));
  } catch (error) {
    if (isKeyError(error, 'not-found')) return undefined;
    throw error;
  }
}

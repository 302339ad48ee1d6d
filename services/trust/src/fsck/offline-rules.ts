// What a check of a data folder goes by when no server runs on it.
import { join } from 'node:path';
import { STANDARD_LIMITS } from '@countersign/core';
import { nativeCryptography } from '@countersign/crypto-native';
import { isKeyError, loadMasterKey } from '@countersign/signers';
import { DIALECTS } from '../dialects.ts';
import { type ServerKeyring, serverKeyring } from '../server-keys.ts';
import type { FsckRules } from './fsck.ts';

/** `data` names the data folder; without a master key there, or without a folder, the server's keys are not compared. */
export async function offlineRules(data: string | undefined): Promise<FsckRules> {
  const keyring = data === undefined ? undefined : await keyringIn(data);
  return { limits: STANDARD_LIMITS, crypto: nativeCryptography(), dialects: DIALECTS, keyring };
}

async function keyringIn(data: string): Promise<ServerKeyring | undefined> {
  try {
    return serverKeyring(await loadMasterKey({ file: join(data, 'master.key') }));
  } catch (error) {
    if (isKeyError(error, 'not-found')) return undefined;
    throw error;
  }
}

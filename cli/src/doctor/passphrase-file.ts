// Checks the file that COUNTERSIGN_PASSPHRASE_FILE names: who reads it opens every key that it is for.
import { resolve } from 'node:path';
import { openToOthers } from '../open-to-others.ts';
import { variable } from '../variables.ts';
import type { World } from '../world.ts';
import { type Finding, good, soon } from './finding.ts';

/** Nothing where the variable is not set. Never `bad`: secrets that an orchestrator mounts are often readable inside their own mount. */
export async function checkPassphraseFile(world: Pick<World, 'env' | 'cwd'>): Promise<readonly Finding[]> {
  const named = variable(world, 'COUNTERSIGN_PASSPHRASE_FILE');
  if (named === undefined) return [];
  const path = resolve(world.cwd, named);
  const open = await openToOthers(path);
  if (open === undefined) return [good('passphrase-file', 'nobody but its owner may read it')];
  return [soon('passphrase-file', `others may read the passphrase in ${path} (${open.mode})`, open.mend)];
}

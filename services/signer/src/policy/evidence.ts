// What a caller shows for its request: the files that a publisher uploaded, and the accepted ones that they are judged beside. None of it
// is believed: uploads are verified, and what stands must be byte for byte what was accepted here before.
import { digestOf, type Env, type RoleName } from '@countersign/core';
import { PolicyError } from './errors.ts';
import type { Memory } from './memory.ts';

export interface Evidence {
  readonly upload: ReadonlyMap<RoleName, Uint8Array>;
  readonly standing: ReadonlyMap<RoleName, Uint8Array>;
}

/** The file of `role` that stands. Throws PolicyError(`missing-evidence`). */
export function standingFile(memory: Memory, role: RoleName, { standing }: Evidence, { crypto }: Pick<Env, 'crypto'>): Uint8Array {
  const known = memory.files.get(role);
  const shown = standing.get(role);
  const what = `${role.slice(0, 80)}${known === undefined ? '' : ` v${known.version}`}`;
  if (shown === undefined) throw new PolicyError('missing-evidence', `${what} was not shown`, { details: { role } });
  if (known === undefined || digestOf(crypto, shown) !== known.digest)
    throw new PolicyError('missing-evidence', `what was shown as ${what} is not the file that was accepted`, { details: { role } });
  return shown;
}

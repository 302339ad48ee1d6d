// The public key of a role that somebody is about to name in a root.
import type { PublicKey } from '@countersign/core';
import type { Head, RepositoryRef, ServerRole } from '@countersign/store';
import { RequestError } from '../errors.ts';
import type { World } from '../world.ts';

/** `current`: the key in force. `next`: the one that a root may name next. Throws RequestError. */
export async function offeredKey(
  world: Pick<World, 'keys'>,
  repository: RepositoryRef,
  head: Head | undefined,
  role: ServerRole,
  turn: 'current' | 'next',
): Promise<PublicKey> {
  const keys = (await world.keys.keysOf(repository, head, 'anew'))[role];
  const offered = turn === 'current' ? keys[0] : keys[keys.length - 1];
  if (offered === undefined) throw new RequestError('signer-refused', `the signing service offers no key for ${role}`);
  return offered.key;
}

// The public keys of this server for a Notary repository. Asking stores nothing, so they may be asked for names that do not exist.
import { memberObject, memberString } from '@countersign/core';
import type { RepositoryRef } from '@countersign/store';
import type { Reply } from '../reply.ts';
import { currentGeneration } from '../server-keys.ts';
import { headOf } from '../standing.ts';
import type { World } from '../world.ts';
import { notaryTextReply } from './stored-reply.ts';

/** `current`: the key in force. `next`: the one that a root may name next; until it does, `current` answers as before. */
export async function readServerKey(
  repository: RepositoryRef,
  role: 'snapshot' | 'timestamp',
  turn: 'current' | 'next',
  world: World,
): Promise<Reply> {
  const generation = currentGeneration(await headOf(world, repository), role);
  const { key } = world.keyring.signer(repository, role, generation + (turn === 'next' ? 1 : 0));
  // Clients of Go read any order; this is the one in which their own server writes a key alone.
  const material = memberString(memberObject(key.object, 'keyval', 'key'), 'public', 'key.keyval');
  return notaryTextReply(
    JSON.stringify({ keytype: memberString(key.object, 'keytype', 'key'), keyval: { public: material, private: null } }),
  );
}

// The public keys of this server for a Notary repository. Asking stores nothing, so they may be asked for names that do not exist.
import { memberObject, memberString } from '@countersign/core';
import type { RepositoryRef } from '@countersign/store';
import type { Reply } from '../reply.ts';
import { offeredKey } from '../signing/offered-key.ts';
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
  const key = await offeredKey(world, repository, await headOf(world, repository), role, turn);
  // Clients of Go read any order; this is the one in which their own server writes a key alone.
  const material = memberString(memberObject(key.object, 'keyval', 'key'), 'public', 'key.keyval');
  return notaryTextReply(
    JSON.stringify({ keytype: memberString(key.object, 'keytype', 'key'), keyval: { public: material, private: null } }),
  );
}

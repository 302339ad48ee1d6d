// The public keys that this server signs with for a repository. Asking stores nothing, so it may be asked for names that do not exist.
import { encodeJson } from '@countersign/core';
import type { ServerRole } from '@countersign/store';
import type { RepositoryCall } from '../call.ts';
import { bytesReply, type Reply } from '../reply.ts';
import { repositoryOf } from '../repository.ts';
import { offeredKey } from '../signing/offered-key.ts';
import { headOf } from '../standing.ts';
import type { World } from '../world.ts';

/** The key in force. */
export const getKey = (call: RepositoryCall, world: World): Promise<Reply> => keyReply(call, world, 'current');

/** The key that a root may name next. It comes into force when one does; until then `getKey` answers as before. */
export const postKey = (call: RepositoryCall, world: World): Promise<Reply> => keyReply(call, world, 'next');

async function keyReply({ gun, part }: RepositoryCall, world: World, step: 'current' | 'next'): Promise<Reply> {
  const role: ServerRole = part === 'snapshot' ? 'snapshot' : 'timestamp';
  const repository = repositoryOf(gun, 'tuf');
  const head = await headOf(world, repository);
  const key = await offeredKey(world, repository, head, role, step);
  return bytesReply('application/json', encodeJson(key.object));
}

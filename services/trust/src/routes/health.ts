// Whether this server is there, and whether it can do its work.
import type { Call } from '../call.ts';
import { RequestError } from '../errors.ts';
import { type Reply, textReply } from '../reply.ts';
import type { World } from '../world.ts';

/** 200 while the store answers and takes writes. */
export async function getHealth(_call: Call, world: World): Promise<Reply> {
  const unsure = world.unsure();
  if (unsure !== undefined) throw new RequestError('unavailable', 'this server must be restarted', { cause: unsure });
  try {
    await world.store.records({ limit: 1 });
  } catch (cause) {
    throw new RequestError('unavailable', 'the store does not answer', { cause });
  }
  return textReply('application/json', '{}');
}

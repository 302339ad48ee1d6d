// Whether this process is alive, whether it can do its work, and why not. Open to everybody, so it says one word for each trouble and
// nothing else: no name of a repository, no path, no address.
import type { Call } from '../call.ts';
import { RETRY_AFTER } from '../condition.ts';
import { RequestError } from '../errors.ts';
import { type Reply, textReply } from '../reply.ts';
import type { World } from '../world.ts';

/** 200 as long as this process answers at all: whoever runs it restarts it when it does not. */
export function livez(): Reply {
  return textReply('application/json', '{"status":"live"}');
}

/** 200 when reads and writes work, otherwise 503 with the reasons. */
export async function readyz(world: World): Promise<Reply> {
  const reasons = await world.condition.troubles();
  if (reasons.length === 0) return textReply('application/json', '{"status":"ready"}');
  const reply = textReply('application/json', JSON.stringify({ status: 'not-ready', reasons }));
  return { ...reply, status: 503, headers: { ...reply.headers, 'Retry-After': RETRY_AFTER } };
}

/** The same with a problem for an answer. */
export async function getHealth(_call: Call, world: World): Promise<Reply> {
  const reasons = await world.condition.troubles();
  if (reasons.length === 0) return textReply('application/json', '{}');
  const cause = world.condition.unsure;
  throw new RequestError('unavailable', `this server is not ready: ${reasons.join(', ')}`, cause === undefined ? {} : { cause });
}

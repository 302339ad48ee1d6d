// What the server answers for itself: the ping that every client of a registry begins with, its health, and addresses that are nobody's.
import type { IncomingMessage } from 'node:http';
import type { Reply } from '../reply.ts';
import type { World } from '../world.ts';
import type { NotaryAddress } from './address.ts';
import { allowed } from './allowed.ts';
import { notaryRefusal } from './refusal.ts';
import { JSON_TYPE, notaryTextReply } from './stored-reply.ts';

type OfServer = Exclude<NotaryAddress, { readonly gun: string } | { readonly of: 'changefeed' }>;

export async function answerOfServer(
  request: IncomingMessage,
  address: OfServer,
  world: World,
): Promise<{ readonly reply: Reply; readonly caller: string }> {
  switch (address.of) {
    case 'moved':
      return { caller: 'nobody', reply: { status: 301, headers: { Location: address.to }, body: Buffer.alloc(0) } };
    case 'health':
      return { caller: 'nobody', reply: await health(world) };
    case 'ping':
      return { caller: await knownCaller(request, world), reply: notaryTextReply('{}') };
    default:
      await allowed(request, { of: 'server' }, world);
      throw notaryRefusal('METADATA_NOT_FOUND', 'no such address');
  }
}

/** Credentials of any kind: a client that has some is told that they are good. Throws RequestError. */
async function knownCaller(request: IncomingMessage, world: World): Promise<string> {
  const { authorization } = request.headers;
  const known = world.access.recall(authorization, world.now()) ?? (await world.access.identify(authorization, world.now()));
  return known?.name ?? (await allowed(request, { of: 'server' }, world));
}

/** Checks by name, each with what is wrong with it. Open to everybody, so it says no more than that. */
async function health(world: World): Promise<Reply> {
  const sick = (name: string, text: string): Reply => ({ ...notaryTextReply(JSON.stringify({ [name]: text }), JSON_TYPE), status: 503 });
  const reasons = await world.condition.troubles();
  if (reasons.includes('store-unreachable')) return sick('DB operational', 'the store does not answer');
  if (reasons.length > 0) return sick('Trust operational', reasons.join(', '));
  return notaryTextReply('{}', JSON_TYPE);
}

// Everything under the addresses of Notary v1, and every address that is nobody's: found, allowed, answered. No framework, because
// names hold what no router of ours would let through, and because most requests are reads.
import type { IncomingMessage, ServerResponse } from 'node:http';
import { FormatError, type Gun, parseNotaryGun } from '@countersign/core';
import type { AnswerRoom } from '../answer-memory.ts';
import { keepsGun } from '../notary-config/settings.ts';
import { emptyReply, type Reply } from '../reply.ts';
import { keyOf, repositoryOf } from '../repository.ts';
import { respond } from '../respond.ts';
import { deleteRepository } from '../routes/publish.ts';
import { heldIn, readParts } from '../upload.ts';
import { checkOrigin } from '../web-safety.ts';
import type { World } from '../world.ts';
import { type NotaryAddress, readNotaryAddress } from './address.ts';
import { allowed, mayAlso } from './allowed.ts';
import { readChangefeed, readChanges } from './changes.ts';
import { readServerKey } from './keys.ts';
import { partFileName } from './part-name.ts';
import { readNotaryFile } from './read.ts';
import { notaryProblemOf, notaryRefusal } from './refusal.ts';
import { answerOfServer } from './server-answers.ts';
import { publishParts } from './upload.ts';

interface Answer {
  readonly reply: Reply;
  readonly caller: string;
}

/** The Host header must have been checked. */
export function notaryFront(request: IncomingMessage, response: ServerResponse, path: string, world: World): Promise<void> {
  return respond(request, response, world, (room) => answerTo(request, path, world, room), notaryProblemOf);
}

async function answerTo(request: IncomingMessage, path: string, world: World, room: AnswerRoom): Promise<Answer> {
  const { method = '' } = request;
  const address = readNotaryAddress(method, path);
  if ('gun' in address) return await ofRepository(request, path, address, world, room);
  const query = queryOf(request);
  if (address.of === 'changefeed') {
    const caller = await allowed(request, { of: 'server' }, world);
    return { caller, reply: await readChangefeed(query, world) };
  }
  return await answerOfServer(request, address, world);
}

type OfRepository = Extract<NotaryAddress, { readonly gun: string }>;

async function ofRepository(
  request: IncomingMessage,
  path: string,
  address: OfRepository,
  world: World,
  room: AnswerRoom,
): Promise<Answer> {
  const gun = gunOf(address, world);
  if (request.method !== 'GET') checkOrigin(request.headers);
  const caller = await allowed(request, { of: address.of === 'key' ? `${address.turn}-key` : address.of, gun }, world);
  world.rates.checkRepository(request, gun);
  const repository = repositoryOf(gun, 'notary');
  switch (address.of) {
    case 'file': {
      const reading = world.ready.begin(keyOf(repository));
      try {
        const { reply, until } = await readNotaryFile(repository, address.role, address.at, world, room);
        if (isOneSpelling(path, request.url) && until > world.now()) world.ready.keep(path, reading, gun, reply, until);
        return { caller, reply };
      } finally {
        world.ready.end(reading);
      }
    }
    case 'key':
      return { caller, reply: await readServerKey(repository, address.role, address.turn, world) };
    case 'changes':
      return { caller, reply: await readChanges(gun, queryOf(request), world) };
    case 'deletion':
      return { caller, reply: await deleteRepository(repository, world) };
    case 'upload':
      return { caller, reply: await upload(request, gun, world) };
  }
}

async function upload(request: IncomingMessage, gun: Gun, world: World): Promise<Reply> {
  const held = heldIn(world.uploads);
  try {
    const parts = await readParts(request, world.limits, held, partFileName);
    const head = await publishParts(world, gun, parts, () => mayAlso(request, { of: 'deletion', gun }, world));
    return emptyReply({ seq: head.seq });
  } finally {
    held.release();
  }
}

/**
 * The name, when this server keeps repositories of it: asked before the credentials, as clients know it. Throws RequestError: uploads
 * are told why, and everything else is not here.
 */
function gunOf({ gun, of }: OfRepository, world: World): Gun {
  const refused = (text: string, why: string) =>
    of === 'upload' ? notaryRefusal('INVALID_GUN', text, why) : notaryRefusal('METADATA_NOT_FOUND', text);
  let name: Gun;
  try {
    name = parseNotaryGun(gun);
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
    throw refused(error.message, error.message);
  }
  if (keepsGun(world.notary, name)) return name;
  throw refused('this server keeps no repository of this name', `Require GUNs with prefix: [${world.notary.gunPrefixes.join(' ')}]`);
}

/** Whether there is no other way to write this address: else there would be no end of answers kept ready for one file. */
const isOneSpelling = (path: string, url: string | undefined): boolean => path === url && !/%|\/0[0-9]*\.[a-z]/.test(path);

const queryOf = (request: IncomingMessage): URLSearchParams => new URLSearchParams(request.url?.split('?', 2)[1] ?? '');

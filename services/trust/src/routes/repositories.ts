// Which repositories there are, for callers who may read them: what is not theirs to read is not theirs to know of.
import { type Gun, parseGun } from '@countersign/core';
import type { Call } from '../call.ts';
import { RequestError } from '../errors.ts';
import { type Reply, textReply } from '../reply.ts';
import { repositoryOf } from '../repository.ts';
import type { World } from '../world.ts';
import { wholeNumber } from './whole-number.ts';

const USUAL = 100;
const MOST = 1000;

/**
 * Names in the store's order, deleted ones left out. `after` is exclusive and need not exist; `next` is there when more may follow.
 * A page costs a look at every name before its last, so that it says nothing of names that the caller may not read.
 */
export async function getRepositories({ caller, query }: Call, { store }: World): Promise<Reply> {
  const limit = wholeNumber(query, 'limit') ?? USUAL;
  if (limit < 1 || limit > MOST) throw new RequestError('invalid-parameters', `limit: wanted 1 to ${MOST}, got ${limit}`);
  const after = query.get('after');
  const range = after === null || after === '' ? {} : { after: repositoryOf(parseGun(after), 'tuf') };
  const repositories: Gun[] = [];
  for await (const repository of store.repositories(range)) {
    if (repository.dialect !== 'tuf' || !caller.may('pull', repository.gun)) continue;
    if ((await store.head(repository))?.deleted !== false) continue;
    if (repositories.length === limit) return reply(repositories, repositories.at(-1));
    repositories.push(repository.gun);
  }
  return reply(repositories, undefined);
}

const reply = (repositories: readonly Gun[], next: Gun | undefined): Reply =>
  textReply('application/json', JSON.stringify({ schema: 1, repositories, ...(next === undefined ? {} : { next }) }));

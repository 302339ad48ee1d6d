// The publish records themselves, for `history`. The changefeed is another view of them, see notary/changes.ts.
import type { Gun } from '@countersign/core';
import type { RepositoryCall } from '../call.ts';
import { RequestError } from '../errors.ts';
import { bytesReply, type Reply } from '../reply.ts';
import { repositoryOf } from '../repository.ts';
import { headOf } from '../standing.ts';
import type { World } from '../world.ts';
import { wholeNumber } from './whole-number.ts';

const USUAL = 100;
const MOST = 1000;

/**
 * The bytes of the records, each followed by a newline (their canonical form holds none), so that whoever reads them can hash the
 * chain. `after` and `before` are `seq`, exclusive; with `before` alone, newest first.
 */
export async function getRecords({ gun, query }: RepositoryCall, world: World): Promise<Reply> {
  const repository = await known(gun, world);
  const limit = wholeNumber(query, 'limit') ?? USUAL;
  if (limit < 1 || limit > MOST) throw new RequestError('invalid-parameters', `limit: wanted 1 to ${MOST}, got ${limit}`);
  const [after, before] = [bound(query, 'after'), bound(query, 'before')];
  const records = await world.store.records({ repository, limit, ...(after ?? {}), ...(before ?? {}) });
  return bytesReply('application/jsonl', Buffer.concat(records.flatMap(({ bytes }) => [bytes, NEWLINE])));
}

const NEWLINE = Uint8Array.of(0x0a);

async function known(gun: Gun, world: World) {
  const repository = repositoryOf(gun, 'tuf');
  if ((await headOf(world, repository)) === undefined) throw new RequestError('not-found', 'no such repository');
  return repository;
}

function bound(query: URLSearchParams, name: 'after' | 'before'): { readonly [bound in 'after' | 'before']?: number } | undefined {
  const value = wholeNumber(query, name);
  if (value === undefined) return undefined;
  if (value < 0) throw new RequestError('invalid-parameters', `${name}: wanted a whole number from 0, got ${value}`);
  return { [name]: value };
}

// Views of the publish records: the changefeed that mirrors and Notary tools read, and the records themselves for `history`.
import type { Gun } from '@countersign/core';
import type { RecordQuery, StoredRecord } from '@countersign/store';
import type { Call, RepositoryCall } from '../call.ts';
import { RequestError } from '../errors.ts';
import { bytesReply, type Reply, textReply } from '../reply.ts';
import { repositoryOf } from '../repository.ts';
import { headOf } from '../standing.ts';
import type { World } from '../world.ts';
import { wholeNumber } from './whole-number.ts';

const USUAL = 100;
const MOST = 1000;

/** All repositories; the ID of a change is its position in the store. */
export async function getChangefeed({ query }: Call, world: World): Promise<Reply> {
  const records = await world.store.records(asRecordQuery(query));
  return feedReply(records, (stored) => stored.position);
}

/** One repository; the ID of a change is its `seq`. */
export async function getRepositoryChangefeed({ gun, query }: RepositoryCall, world: World): Promise<Reply> {
  const repository = await known(gun, world);
  const records = await world.store.records({ ...asRecordQuery(query), repository });
  return feedReply(records, (stored) => stored.record.seq);
}

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
  const repository = repositoryOf(gun);
  if ((await headOf(world, repository)) === undefined) throw new RequestError('not-found', 'no such repository');
  return repository;
}

/**
 * `records`: how many, 0 for the usual number, negative for those before `change_id`. `change_id`: exclusive; empty or 0 from the
 * start, negative from the newest backwards. As notary-server has it.
 */
function asRecordQuery(query: URLSearchParams): RecordQuery {
  const records = wholeNumber(query, 'records');
  if (records === undefined) throw new RequestError('invalid-parameters', 'records: wanted a whole number, got nothing');
  const from = wholeNumber(query, 'change_id') ?? 0;
  const limit = Math.min(Math.abs(records) || USUAL, MOST);
  if (records >= 0 && from >= 0) return { after: from, limit };
  return { before: from > 0 ? from : Number.MAX_SAFE_INTEGER, limit };
}

function feedReply(records: readonly StoredRecord[], idOf: (stored: StoredRecord) => number): Reply {
  const changes = records.map((stored) => {
    const { gun, kind, time, snapshot } = stored.record;
    const deleted = kind === 'delete';
    return {
      ID: String(idOf(stored)),
      CreatedAt: time,
      GUN: gun,
      // A record tells of no timestamp, because the timestamp tells of the record: the snapshot stands for the publish.
      Version: deleted ? 0 : (snapshot?.version ?? 0),
      SHA256: deleted ? '' : (snapshot?.digest.slice('sha256:'.length) ?? ''),
      Category: deleted ? 'deletion' : 'update',
      id: idOf(stored),
    };
  });
  // Oldest first, whichever way the page was read.
  const ordered = changes.sort((a, b) => a.id - b.id).map(({ id, ...change }) => change);
  return textReply('application/json', JSON.stringify({ count: ordered.length, records: ordered }));
}

function bound(query: URLSearchParams, name: 'after' | 'before'): { readonly [bound in 'after' | 'before']?: number } | undefined {
  const value = wholeNumber(query, name);
  if (value === undefined) return undefined;
  if (value < 0) throw new RequestError('invalid-parameters', `${name}: wanted a whole number from 0, got ${value}`);
  return { [name]: value };
}

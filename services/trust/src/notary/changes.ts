// The changefeed: a view of the publish records in Notary's words, for the tools that mirror its repositories.
import type { Gun } from '@countersign/core';
import type { RecordQuery, RepositoryRef, StoredRecord } from '@countersign/store';
import type { Reply } from '../reply.ts';
import { repositoryOf } from '../repository.ts';
import { headOf } from '../standing.ts';
import type { World } from '../world.ts';
import { notaryRefusal } from './refusal.ts';
import { notaryTextReply } from './stored-reply.ts';

const USUAL = 100;
const MOST = 1000;

/** All repositories; the ID of a change is its position in the store. */
export async function readChangefeed(query: URLSearchParams, world: World): Promise<Reply> {
  const records = await world.store.records(asRecordQuery(query));
  return feedReply(records, (stored) => stored.position);
}

/** One name; the ID of a change is its `seq`. A name that has repositories of both kinds answers for the one of Notary. */
export async function readChanges(gun: Gun, query: URLSearchParams, world: World): Promise<Reply> {
  const asked = asRecordQuery(query);
  const repository = await known(gun, world);
  return feedReply(repository === undefined ? [] : await world.store.records({ ...asked, repository }), (stored) => stored.record.seq);
}

async function known(gun: Gun, world: World): Promise<RepositoryRef | undefined> {
  for (const dialect of ['notary', 'tuf'] as const) {
    const repository = repositoryOf(gun, dialect);
    if ((await headOf(world, repository)) !== undefined) return repository;
  }
  return undefined;
}

/**
 * `records`: how many, 0 for the usual number, negative for those before `change_id`. `change_id`: exclusive; empty or 0 from the
 * start, negative from the newest backwards. Throws RequestError.
 */
function asRecordQuery(query: URLSearchParams): RecordQuery {
  const text = query.get('records') ?? '';
  const records = wholeNumber(text);
  if (records === undefined || Math.abs(records) > 0x7fff_ffff) {
    const detail = `invalid records parameter: strconv.ParseInt: parsing ${JSON.stringify(text.slice(0, 80))}: invalid syntax`;
    throw notaryRefusal('INVALID_PARAMETERS', 'records: wanted a whole number', detail);
  }
  const from = wholeNumber(query.get('change_id') || '0');
  if (from === undefined) throw notaryRefusal('INVALID_PARAMETERS', 'change_id: wanted a whole number', {});
  const limit = Math.min(Math.abs(records) || USUAL, MOST);
  if (records >= 0 && from >= 0) return { after: from, limit };
  return { before: from > 0 ? from : Number.MAX_SAFE_INTEGER, limit };
}

function wholeNumber(text: string): number | undefined {
  const value = /^[-+]?[0-9]{1,15}$/.test(text) ? Number(text) : Number.NaN;
  return Number.isSafeInteger(value) ? value : undefined;
}

function feedReply(records: readonly StoredRecord[], idOf: (stored: StoredRecord) => number): Reply {
  // Oldest first, whichever way the page was read.
  const ordered = [...records].sort((a, b) => idOf(a) - idOf(b));
  const changes = ordered.map((stored) => {
    const { gun, kind, time, snapshot } = stored.record;
    const named = kind === 'delete' ? undefined : snapshot;
    return {
      ID: String(idOf(stored)),
      CreatedAt: time,
      GUN: gun,
      // A record tells of no timestamp, because timestamps tell of records: the snapshot stands for the publish.
      Version: named?.version ?? 0,
      SHA256: named?.digest.slice('sha256:'.length) ?? '',
      Category: kind === 'delete' ? 'deletion' : 'update',
    };
  });
  return notaryTextReply(JSON.stringify({ count: changes.length, records: changes.length === 0 ? null : changes }));
}

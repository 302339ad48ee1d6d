// Pages of records. Every number up to the last one must be there and fit the record found under it: a gap is damage, because an auditor
// who is shown a shorter history must not take it for the whole one.
import { StoreError } from '../errors.ts';
import { pageOf } from '../page.ts';
import { recordHash } from '../record/hash.ts';
import { readRecord } from '../record/read.ts';
import type { PublishRecord, StoredRecord } from '../record/record.ts';
import { repositoryKey } from '../repository-key.ts';
import { damaged } from '../sealed.ts';
import type { RecordQuery } from '../store.ts';
import type { Reads } from './reads.ts';

export interface RecordRow {
  readonly position: number;
  readonly repository: string;
  readonly seq: number;
  readonly hash: string;
  readonly bytes: Buffer;
}

/** @throws StoreError `invalid` for a query out of range, `damaged` */
export async function allRecords(reads: Reads, query: RecordQuery): Promise<readonly StoredRecord[]> {
  const [counter] = await reads.ask((sql) => sql<{ position: number }[]>`select position from countersign_last where id = 1`);
  if (counter === undefined) throw damaged('last', 'is missing');
  const numbers = pageOf(query, counter.position);
  if (numbers.length === 0) return [];
  const rows = await reads.ask(
    (sql) => sql<RecordRow[]>`
      select position, repository, seq, hash, bytes from countersign_records
      where position between ${Math.min(...numbers)}::bigint and ${Math.max(...numbers)}::bigint`,
  );
  const byPosition = new Map(rows.map((row) => [row.position, row]));
  return numbers.map((position) => stored(`record ${position}`, byPosition.get(position)));
}

/** `last` is the `seq` of a head that was read before. @throws StoreError `invalid` for a query out of range, `damaged` */
export async function recordsOf(
  reads: Reads,
  query: RecordQuery,
  { repository, last }: { readonly repository: string; readonly last: number },
): Promise<readonly StoredRecord[]> {
  const numbers = pageOf(query, last);
  if (numbers.length === 0) return [];
  const rows = await reads.ask(
    (sql) => sql<RecordRow[]>`
      select position, repository, seq, hash, bytes from countersign_records
      where repository = ${repository} and seq between ${Math.min(...numbers)}::bigint and ${Math.max(...numbers)}::bigint`,
  );
  const bySeq = new Map(rows.map((row) => [row.seq, row]));
  return numbers.map((seq) => stored(`record ${seq} of ${repository}`, bySeq.get(seq)));
}

function stored(key: string, row: RecordRow | undefined): StoredRecord {
  if (row === undefined) throw damaged(key, 'is missing');
  return readRecordRow(key, row);
}

/** @throws StoreError `damaged` naming `key` */
export function readRecordRow(key: string, row: RecordRow): StoredRecord {
  const bytes = new Uint8Array(row.bytes);
  if (recordHash(bytes) !== row.hash) throw damaged(key, 'does not fit its hash');
  const record = read(key, bytes);
  if (record.seq !== row.seq || repositoryKey(record) !== row.repository) throw damaged(key, 'is the record of something else');
  return { position: row.position, bytes, record };
}

function read(key: string, bytes: Uint8Array): PublishRecord {
  try {
    return readRecord(bytes);
  } catch (cause) {
    if (cause instanceof StoreError) throw damaged(key, 'is not a record', cause);
    throw cause;
  }
}

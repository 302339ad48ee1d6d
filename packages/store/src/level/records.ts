// Pages of records. Every number up to the last one must be there and fit the record found under it: a gap is damage, because an
// auditor who is shown a shorter history must not take it for the whole one.
import { StoreError } from '../errors.ts';
import { pageOf } from '../page.ts';
import { readRecord } from '../record/read.ts';
import type { PublishRecord, StoredRecord } from '../record/record.ts';
import { repositoryKey } from '../repository-key.ts';
import { damaged, unseal, unsealText } from '../sealed.ts';
import type { RecordQuery } from '../store.ts';
import { readNumberField, recordKey, seqKey } from './keys.ts';
import type { Table } from './table.ts';

/** All records of the store, or those of one repository (as `repositoryKey` names it), up to the number `last`. */
export interface RecordLine {
  readonly last: number;
  readonly repository?: string;
}

/** @throws StoreError `invalid` for a query out of range, `damaged` */
export async function readRecords(table: Table, query: RecordQuery, line: RecordLine): Promise<readonly StoredRecord[]> {
  const numbers = pageOf(query, line.last);
  if (numbers.length === 0) return [];
  const { repository } = line;
  if (repository === undefined) return await atPositions(table, numbers);
  const found = await present(
    table,
    numbers.map((seq) => seqKey(repository, seq)),
  );
  const records = await atPositions(
    table,
    found.map(([key, value]) => readPosition(key, value)),
  );
  for (const [index, { position, record }] of records.entries()) {
    if (record.seq === numbers[index] && repositoryKey(record) === repository) continue;
    throw damaged(recordKey(position), `is not record ${numbers[index]} of its repository`);
  }
  return records;
}

async function atPositions(table: Table, positions: readonly number[]): Promise<readonly StoredRecord[]> {
  const found = await present(table, positions.map(recordKey));
  return found.map(([key, value], index) => {
    const bytes = new Uint8Array(unseal(key, value));
    return { position: positions[index] ?? 0, bytes, record: readStored(key, bytes) };
  });
}

async function present(table: Table, keys: readonly string[]): Promise<readonly (readonly [string, Uint8Array])[]> {
  const values = await table.getMany(keys);
  return keys.map((key, index) => {
    const value = values[index];
    if (value === undefined) throw damaged(key, 'is missing');
    return [key, value] as const;
  });
}

function readPosition(key: string, value: Uint8Array): number {
  const position = readNumberField(unsealText(key, value));
  if (position === undefined) throw damaged(key, 'is not a position');
  return position;
}

function readStored(key: string, bytes: Uint8Array): PublishRecord {
  try {
    return readRecord(bytes);
  } catch (cause) {
    if (cause instanceof StoreError) throw damaged(key, 'is not a record', cause);
    throw cause;
  }
}

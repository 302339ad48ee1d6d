// Fills an empty table with the items of a dump. The layout marker is taken away first and written last, so that a process which died
// in between leaves a folder that no server opens, and not a store that lacks its end.
import type { DamagedItem, StoredItem } from '../dump/item.ts';
import { soundItems } from '../dump/sound.ts';
import { StoreError } from '../errors.ts';
import { readRecord } from '../record/read.ts';
import { repositoryKey } from '../repository-key.ts';
import { seal, sealText } from '../sealed.ts';
import { headValue } from './head-value.ts';
import { claimKey, draftKey, fileKey, headKey, lastKey, numberField, rangeOf, recordKey, schemaKey, seqKey, versionKey } from './keys.ts';
import type { Table } from './table.ts';

const batchBytes = 4 * 1024 * 1024;

/** The position of the last record. Throws as `MetadataStore.load` says. */
export async function loadTable(table: Table, items: AsyncIterable<StoredItem | DamagedItem>): Promise<number> {
  const [some] = await table.keys({ gt: rangeOf('claim').gt, lt: schemaKey, limit: 1, reverse: false });
  if (some !== undefined) throw new StoreError('invalid', 'only an empty store can be loaded');
  const [marker] = await table.getMany([schemaKey]);
  if (marker === undefined) throw new StoreError('invalid', 'only a store with a layout can be loaded');
  let writes = new Map<string, Uint8Array | undefined>([[schemaKey, undefined]]);
  let [bytes, last] = [0, 0];
  for await (const item of soundItems(items)) {
    for (const [key, value] of valuesOf(item)) {
      writes.set(key, value);
      bytes += value.length;
    }
    if (item.item === 'record') last = item.position;
    // The first item is written at once: from here on the folder is not a store.
    if (bytes < batchBytes && !writes.has(schemaKey)) continue;
    await written(table, writes);
    [writes, bytes] = [new Map(), 0];
  }
  writes.set(schemaKey, marker);
  if (last > 0) writes.set(lastKey, sealText(lastKey, numberField(last)));
  await written(table, writes);
  return last;
}

async function written(table: Table, writes: ReadonlyMap<string, Uint8Array | undefined>): Promise<void> {
  try {
    await table.write(writes);
  } catch (cause) {
    throw new StoreError('unavailable', 'the store cannot be written', { cause });
  }
}

function valuesOf(item: StoredItem): readonly (readonly [string, Uint8Array])[] {
  switch (item.item) {
    case 'head': {
      const key = headKey(repositoryKey(item.repository));
      return [[key, headValue(key, item)]];
    }
    case 'version': {
      const key = versionKey(repositoryKey(item.repository), item.line, item.role, item.version);
      return [[key, sealText(key, item.digest)]];
    }
    case 'file':
      return [[fileKey(repositoryKey(item.repository), item.life, item.role, item.digest), item.bytes]];
    case 'draft': {
      const key = draftKey(repositoryKey(item.repository), item.role);
      return [[key, seal(key, item.bytes)]];
    }
    case 'record': {
      const { gun, dialect, seq } = readRecord(item.bytes);
      const [bySeq, byPosition] = [seqKey(repositoryKey({ gun, dialect }), seq), recordKey(item.position)];
      return [
        [bySeq, sealText(bySeq, numberField(item.position))],
        [byPosition, seal(byPosition, item.bytes)],
      ];
    }
    case 'claim': {
      const key = claimKey(item.claim);
      return [[key, sealText(key, item.gun)]];
    }
  }
}

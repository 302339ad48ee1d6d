// Records that this process has just drafted. Their bytes were read once, when they were made: a commit needs what they tell several
// times, and reading one costs as much as verifying a signature.
import { recordHash } from './hash.ts';
import { readRecord } from './read.ts';
import type { PublishRecord, RecordDraft } from './record.ts';

/** By the draft itself, with the hash of the bytes that were read. */
const drafted = new WeakMap<RecordDraft, string>();

/** `record` must be what `bytes` read as. */
export function asDrafted(draft: RecordDraft): RecordDraft {
  drafted.set(Object.freeze(draft), draft.hash);
  return draft;
}

/** What the bytes of a draft tell. Bytes that are no longer those that were drafted are read. @throws StoreError `invalid` */
export function recordIn(draft: RecordDraft): PublishRecord {
  return drafted.get(draft) === recordHash(draft.bytes) ? draft.record : readRecord(draft.bytes);
}

// Puts a backup into a database that has no store yet. It is one transaction from the first item to the last, so a process that dies on the
// way, and a backup that turns out to be damaged or another one, leave the database as empty as it was.
import { type BackupPart, type BackupSummary, isStoreError, type MetadataStore, readBackup, soundItems } from '@countersign/store';
import { StartError } from './errors.ts';

export interface DatabaseRestoreOptions {
  /** Of the backup, in hex, from whoever made it. */
  readonly sha256?: string;
  /** Told now and then how many items are in place. */
  progress(items: number): void;
}

const EVERY = 5000;

/**
 * Restores into `store`, which must be open and empty.
 *
 * @throws StartError `store-exists`, or `other-backup` for one of another digest; StoreError `damaged` or `schema` for the backup,
 * `unavailable` for the database; then nothing changed
 */
export async function restoreDatabase(
  store: MetadataStore,
  parts: AsyncIterable<BackupPart>,
  { sha256, progress }: DatabaseRestoreOptions,
): Promise<BackupSummary> {
  for await (const { gun } of store.repositories({})) {
    throw new StartError('store-exists', `the database has ${gun} and maybe more, and a restore overwrites nothing`);
  }
  let summary: BackupSummary | undefined;
  const checked = async function* () {
    let items = 0;
    for await (const item of readBackup(parts, (told) => (summary = told))) {
      items += 1;
      if (items % EVERY === 0) progress(items);
      yield item;
    }
    // Before the transaction ends.
    if (summary !== undefined && sha256 !== undefined && sha256 !== summary.sha256) {
      throw new StartError('other-backup', `wanted the backup sha256:${sha256}, got sha256:${summary.sha256}`);
    }
  };
  try {
    await store.load(checked());
  } catch (error) {
    // A connection that is told why it ends wraps the reason.
    const cause = isStoreError(error) ? error.cause : undefined;
    throw cause instanceof StartError || isStoreError(cause) ? cause : error;
  }
  // Once more from the database: what was written is what will be served.
  for await (const _ of soundItems(store.dump()));
  if (summary === undefined) throw new Error('a backup without an end was loaded');
  return summary;
}

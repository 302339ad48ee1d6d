// Puts the store of a backup where a server will open it: made and verified beside its place, and moved there whole. A process that dies
// on the way leaves what was there before, or a folder that no server starts on until the restore is run again.
import { constants } from 'node:fs';
import { access, mkdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type BackupPart, type BackupSummary, isStoreError, openLevelStore, readBackup, soundItems } from '@countersign/store';
import { StartError } from './errors.ts';
import { syncFolder } from './synced-folder.ts';

export interface RestoreOptions {
  /** Move a store that is there aside. Without it, such a store is refused. */
  readonly standing: 'refuse' | { readonly asideAs: string };
  /** Of the backup, in hex, from whoever made it. */
  readonly sha256?: string;
  /** Told now and then how many items are in place. */
  progress(items: number): void;
}

export interface Restored extends BackupSummary {
  /** Where the store lies now that was there before. */
  readonly aside?: string;
}

/** Names inside a data folder. */
const STORE = 'store';
const DRAFT = 'store.restoring';
const EVERY = 5000;

/**
 * Restores into `data`, which is made when it is not there; keys in it stay as they are.
 *
 * @throws StartError `store-exists`, or `other-backup` for one of another digest; StoreError `damaged` or `schema` for the backup, `locked` for a folder in use; then nothing changed
 */
export async function restoreStore(data: string, parts: AsyncIterable<BackupPart>, options: RestoreOptions): Promise<Restored> {
  const [store, draft] = [join(data, STORE), join(data, DRAFT)];
  const stands = await exists(store);
  if (stands && options.standing === 'refuse') {
    throw new StartError('store-exists', `${store} is there already, and a restore overwrites nothing`);
  }
  await mkdir(data, { recursive: true, mode: 0o700 });
  // Whoever else restores, or serves, has the lock of LevelDB. A killed restore has none, and what it left is of no use.
  if (stands) await checkUnlocked(store);
  if (await exists(draft)) await checkUnlocked(draft);
  await rm(draft, { recursive: true, force: true });
  let summary: BackupSummary;
  try {
    summary = await filled(draft, parts, options);
    if (options.sha256 !== undefined && options.sha256 !== summary.sha256) {
      throw new StartError('other-backup', `wanted the backup sha256:${options.sha256}, got sha256:${summary.sha256}`);
    }
  } catch (error) {
    // Only a restore that was killed leaves a folder on which no server starts: this one knows that nothing was put in place.
    await rm(draft, { recursive: true, force: true });
    throw error;
  }
  const aside = stands && options.standing !== 'refuse' ? join(data, options.standing.asideAs) : undefined;
  if (aside !== undefined) await rename(store, aside);
  // Killed here, the folder has the draft and no store: `checkNotHalfRestored`.
  await rename(draft, store);
  await syncFolder(data);
  return aside === undefined ? summary : { ...summary, aside };
}

/** Throws StartError `half-restored` where a restore was begun and no store is there: an empty one would be made in its place. */
export async function checkNotHalfRestored(data: string): Promise<void> {
  if ((await exists(join(data, STORE))) || !(await exists(join(data, DRAFT)))) return;
  throw new StartError('half-restored', `${data} has a store that was not restored to its end, and no other`);
}

async function filled(draft: string, parts: AsyncIterable<BackupPart>, { progress }: RestoreOptions): Promise<BackupSummary> {
  let summary: BackupSummary | undefined;
  const store = await openLevelStore(draft);
  try {
    let items = 0;
    const counted = async function* () {
      for await (const item of readBackup(parts, (told) => (summary = told))) {
        items += 1;
        if (items % EVERY === 0) progress(items);
        yield item;
      }
    };
    await store.load(counted());
  } finally {
    await store.close();
  }
  // Once more from the disk: what was written is what will be served.
  const written = await openLevelStore(draft);
  try {
    for await (const _ of soundItems(written.dump()));
  } finally {
    await written.close();
  }
  if (summary === undefined) throw new Error('a backup without an end was loaded');
  return summary;
}

async function checkUnlocked(folder: string): Promise<void> {
  try {
    const store = await openLevelStore(folder);
    await store.close();
  } catch (error) {
    // Whatever else is wrong with it may be the reason for the restore.
    if (!isStoreError(error) || error.code === 'locked') throw error;
  }
}

async function exists(path: string): Promise<boolean> {
  try {
    await access(path, constants.F_OK);
    return true;
  } catch (error) {
    // A part of the path that is no folder is told by whoever opens it.
    if (error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR')) return false;
    throw error;
  }
}

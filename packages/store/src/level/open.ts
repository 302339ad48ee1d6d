// Opens a LevelDB store: the folder, the lock, the layout, and where the records end.
import { StoreError, shown } from '../errors.ts';
import { damaged, unsealText } from '../sealed.ts';
import { prepareFolder } from './folder.ts';
import { lastKey, rangeOf, readNumberField, recordKey, schemaKey } from './keys.ts';
import { LevelStore } from './level-store.ts';
import { ReplaceableTable } from './replaceable-table.ts';
import { roomIn } from './room.ts';
import { openTable, type Table } from './table.ts';

/** Read once, when the store is opened. */
export interface LevelStoreOptions {
  /** Memory for blocks that were read, in bytes: 8 MiB unless given. */
  readonly cacheBytes?: number;
}

const layout = '1';

/**
 * Opens the store in `folder`, or makes a new one there (mode 0700, parents included). One process at a time: the folder is locked
 * until `close`, and a process that dies leaves no lock behind.
 *
 * @throws StoreError `locked`, `damaged`, `schema` or `unavailable`, each with `details.folder`
 */
export async function openLevelStore(folder: string, options: LevelStoreOptions = {}): Promise<LevelStore> {
  const found = await prepareFolder(folder);
  const cacheBytes = options.cacheBytes ?? 8 * 1024 * 1024;
  const table = new ReplaceableTable(await openTable(folder, { create: found === 'empty', cacheBytes }));
  try {
    await checkLayout(table, folder);
    return new LevelStore(table, await lastPosition(table), {
      room: () => roomIn(folder),
      // Never made anew: what is gone here is lost, and must not read as empty.
      open: async () => {
        if ((await prepareFolder(folder)) === 'empty') throw new StoreError('damaged', `the store in ${shown(folder)} is gone`);
        return await openTable(folder, { create: false, cacheBytes });
      },
      lastPosition,
    });
  } catch (error) {
    await table.close();
    throw error;
  }
}

async function checkLayout(table: Table, folder: string): Promise<void> {
  const [marker] = await table.getMany([schemaKey]);
  if (marker !== undefined) {
    const found = Buffer.from(marker).toString('utf8');
    if (found === layout) return;
    throw new StoreError('schema', `the store in ${shown(folder)} has layout ${shown(found)}, wanted ${layout}`, { details: { folder } });
  }
  const [stranger] = await table.keys({ gt: '', lt: '\u{10ffff}', limit: 1, reverse: false });
  if (stranger !== undefined) {
    throw new StoreError('schema', `the database in ${shown(folder)} has no layout marker`, { details: { folder } });
  }
  await table.write(new Map([[schemaKey, Buffer.from(layout)]])).catch((cause: unknown) => {
    throw new StoreError('unavailable', `cannot write to the store in ${shown(folder)}`, { cause, details: { folder } });
  });
}

// LevelDB's log holds a few MB, so a few thousand records: these are what its recovery may have touched.
const checkedAtOpen = 10_000;

/**
 * The end is stored and found again, and the newest records are there without a gap. LevelDB skips damaged stretches of its log
 * without a word: whole commits would be missing, while later ones are there.
 */
async function lastPosition(table: Table): Promise<number> {
  const [value] = await table.getMany([lastKey]);
  const last = value === undefined ? 0 : readNumberField(unsealText(lastKey, value));
  if (last === undefined) throw damaged(lastKey, 'is not a position');
  const newest = await table.keys({ ...rangeOf('record'), limit: checkedAtOpen, reverse: true });
  const count = Math.max(newest.length, Math.min(last, checkedAtOpen));
  for (let index = 0; index < count; index += 1) {
    const wanted = recordKey(Math.max(last - index, 0));
    if (newest[index] !== wanted) throw damaged(wanted, 'is missing, or is not where the records end');
  }
  return last;
}

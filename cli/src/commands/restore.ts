// `restore`: the store of a backup, verified, in the place where a server opens it: a data folder, or a database.
import { resolve } from 'node:path';
import { formatInstant } from '@countersign/core';
import type { BackupSummary, RestoreOptions, restoreStore } from '@countersign/trust-server';
import { counted } from '../counted.ts';
import { UsageError } from '../errors.ts';
import { foldersOf } from '../folders.ts';
import type { Call, Handler } from '../tree/spec.ts';
import { variable } from '../variables.ts';
import { partsAt } from '../whole-store/backup-place.ts';
import { storeCounted } from '../whole-store/store-counted.ts';
import { givenDatabase } from './serve-database.ts';

export const restoreCommand: Handler = async (call) => {
  const { world, given, output } = call;
  const from = resolve(world.cwd, given.argument('backup'));
  const named = given.text('data');
  const database = await givenDatabase(call);
  if (database !== undefined && (named !== undefined || given.flag('force')))
    throw new UsageError('bad-arguments', '--store: wanted without --data and --force: a database must be empty');
  if (database === undefined && named === undefined && variable(world, 'COUNTERSIGN_STORE') !== undefined)
    throw new UsageError('bad-arguments', 'COUNTERSIGN_STORE names a database, which is for serve: wanted --data or --store-file', {
      next: 'name what is to be restored: --data FOLDER, or --store-file FILE with the URL of an empty database',
    });
  const data = named === undefined ? foldersOf(world, given.text('trust-dir')).server : resolve(world.cwd, named);
  const wanted = sha256Of(given.text('sha256'));
  const { backupFirst, backupLast, unpackTar } = await import('@countersign/trust-server');
  const parts = partsAt(from, { unpackTar, names: [backupFirst, backupLast] });
  const options = {
    ...(wanted === undefined ? {} : { sha256: wanted }),
    progress: (items: number) => output.progress(counted(items, 'item')),
  };
  const restored: Restored =
    database === undefined
      ? await intoFolder(call, data, parts, options)
      : { ...(await intoDatabase(database, parts, options)), place: 'the database' };
  const { made, sha256, repositories, files, records, aside, place } = restored;
  if (aside !== undefined) output.say(`what was there is now ${aside}`);
  output.say('bring back the master.key and the newest high-water marks before you start the server');
  return {
    facts: {
      ...(database === undefined ? { data } : {}),
      made,
      sha256,
      repositories,
      files,
      records,
      ...(aside === undefined ? {} : { aside }),
    },
    text: `${place}\nsha256:${sha256} of ${made}\n${storeCounted(restored)}`,
  };
};

type Parts = ReturnType<typeof partsAt>;
type Options = Pick<RestoreOptions, 'sha256' | 'progress'>;
type Restored = Awaited<ReturnType<typeof restoreStore>> & { readonly place: string };

async function intoFolder({ world, given }: Call, data: string, parts: Parts, options: Options): Promise<Restored> {
  const { restoreStore: restore } = await import('@countersign/trust-server');
  const asideAs = `store.before-${formatInstant(world.now()).replaceAll(/[^0-9TZ]/g, '')}`;
  return { ...(await restore(data, parts, { ...options, standing: given.flag('force') ? { asideAs } : 'refuse' })), place: data };
}

async function intoDatabase(url: string, parts: Parts, options: Options): Promise<BackupSummary> {
  const { openDatabase, restoreDatabase } = await import('@countersign/trust-server');
  const store = await openDatabase(url, 'countersign restore');
  try {
    return await restoreDatabase(store, parts, options);
  } finally {
    await store.close();
  }
}

function sha256Of(text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  const hex = text.replace(/^sha256:/, '');
  if (/^[0-9a-f]{64}$/.test(hex)) return hex;
  throw new UsageError('bad-arguments', `--sha256: wanted sha256:HEX as backup printed it, got ${text.slice(0, 80)}`);
}

// `restore`: the store of a backup, verified, in the place where a server opens it.
import { resolve } from 'node:path';
import { formatInstant } from '@countersign/core';
import { UsageError } from '../errors.ts';
import { foldersOf } from '../folders.ts';
import type { Handler } from '../tree/spec.ts';
import { partsAt } from '../whole-store/backup-place.ts';

export const restoreCommand: Handler = async (call) => {
  const { world, given, output } = call;
  const from = resolve(world.cwd, given.argument('backup'));
  const named = given.text('data');
  const data = named === undefined ? foldersOf(world, given.text('trust-dir')).server : resolve(world.cwd, named);
  const wanted = sha256Of(given.text('sha256'));
  const { backupFirst, backupLast, restoreStore, unpackTar } = await import('@countersign/trust-server');
  const asideAs = `store.before-${formatInstant(world.now()).replaceAll(/[^0-9TZ]/g, '')}`;
  const summary = await restoreStore(data, partsAt(from, { unpackTar, names: [backupFirst, backupLast] }), {
    standing: given.flag('force') ? { asideAs } : 'refuse',
    ...(wanted === undefined ? {} : { sha256: wanted }),
    progress: (items) => output.progress(`${items} items`),
  });
  const { made, sha256, repositories, files, records, aside } = summary;
  if (aside !== undefined) output.say(`what was there is now ${aside}`);
  output.say('bring back the master.key and the newest high-water marks before you start the server');
  return {
    facts: { data, made, sha256, repositories, files, records, ...(aside === undefined ? {} : { aside }) },
    text: `${data}\nsha256:${sha256} of ${made}\n${repositories} repositories, ${files} files, ${records} records`,
  };
};

function sha256Of(text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  const hex = text.replace(/^sha256:/, '');
  if (/^[0-9a-f]{64}$/.test(hex)) return hex;
  throw new UsageError('bad-arguments', `--sha256: wanted sha256:HEX as backup printed it, got ${text.slice(0, 80)}`);
}

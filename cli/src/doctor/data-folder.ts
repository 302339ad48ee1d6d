// Checks the data folder of a server on this machine, or of a signing service: who may read it, and whether a backup of it would take the
// marks along.
import { stat, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { octal, openToOthers } from '../open-to-others.ts';
import { bad, type Finding, good, soon, unknown } from './finding.ts';

// Of a trust server, and of a signing service.
const KEYS = ['master.key', 'master-key.json'];
const LEAST = 64 * 1024 * 1024;

export async function checkDataFolder(folder: string): Promise<readonly Finding[]> {
  const mode = await modeOf(folder);
  if (mode === undefined)
    return [unknown('data-folder', `${folder} cannot be looked at`, 'name the folder of serve --data, as a user who may read it')];
  const open = mode & 0o077;
  const keys = await Promise.all(KEYS.map((name) => masterKey(join(folder, name))));
  const { bavail, bsize } = await statfs(folder);
  return [
    open === 0
      ? good('data-folder', 'its owner alone may enter it')
      : bad('data-folder', `others may enter ${folder} (${octal(mode)})`, `chmod 700 ${folder}`),
    ...keys.flat(),
    ...((await modeOf(join(folder, 'high-water'))) === undefined
      ? []
      : [
          bad(
            'high-water',
            'the high-water file is in the data folder',
            'stop the server and move it out: a backup must not take it along',
          ),
        ]),
    bavail * bsize < LEAST
      ? soon('disk', `${Math.floor((bavail * bsize) / 1024 / 1024)} MiB are left`, 'make room')
      : good('disk', 'there is room'),
  ];
}

/** What a server starts on: it refuses one that others may read, so the next start would. */
async function masterKey(path: string): Promise<readonly Finding[]> {
  if ((await modeOf(path)) === undefined) return [];
  const open = await openToOthers(path);
  if (open === undefined) return [good('master-key', 'its owner alone may read it')];
  return [bad('master-key', `others may read the master key (${open.mode})`, `${open.mend}, and ask who may have read it`)];
}

async function modeOf(path: string): Promise<number | undefined> {
  try {
    return (await stat(path)).mode & 0o777;
  } catch (error) {
    if (error instanceof Error && 'syscall' in error) return undefined;
    throw error;
  }
}

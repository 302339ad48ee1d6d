// How many keys an upload may bring. A few bytes can name a key again in ten thousand roles, and every use is work for a server
// before anything of the upload is believed.
import { ReviewError } from '../errors.ts';
import type { Limits } from '../model/limits.ts';
import type { KeyRing, Parsed, RoleKeys } from '../model/metadata.ts';

/** What the files of an upload brought so far. */
export interface KeyCount {
  keys: number;
  uses: number;
}

/** Must be called with every file of an upload before any of its keys is opened. Throws ReviewError(`refused-upload`). */
export function countKeys(file: Parsed<'root' | 'targets'>, count: KeyCount, limits: Pick<Limits, 'uploadKeys' | 'uploadKeyUses'>): void {
  const { keys, roles } = delegating(file);
  count.keys += keys.size;
  for (const role of roles) count.uses += role.keyids.length;
  if (count.keys <= limits.uploadKeys && count.uses <= limits.uploadKeyUses) return;
  const most = `at most ${limits.uploadKeys} keys in ${limits.uploadKeyUses} places`;
  throw new ReviewError(
    'refused-upload',
    `the upload brings ${count.keys} keys in ${count.uses} places with ${file.name}, ${most} are taken`,
  );
}

function delegating(file: Parsed<'root' | 'targets'>): { readonly keys: KeyRing; readonly roles: Iterable<RoleKeys> } {
  const { content } = file;
  if ('targets' in content) {
    const { keys = new Map(), roles = [], bins } = content.delegations ?? {};
    return { keys, roles: bins === undefined ? roles : [bins] };
  }
  return { keys: content.keys, roles: content.roles.values() };
}

// What a person's trust folder holds of a collection: the files that the notary program has believed.
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Person } from './notary-program.ts';

interface Signed {
  readonly version: number;
  readonly roles: Readonly<Record<string, { readonly keyids: readonly string[] }>>;
}

export async function believed(who: Person, gun: string, role: string): Promise<Signed> {
  return JSON.parse(await readFile(join(who.trustDir, 'tuf', gun, `metadata/${role}.json`), 'utf8')).signed;
}

/** The key ids in a person's keeping, by the role that each is kept for. */
export async function keysOf(who: Person): Promise<ReadonlyMap<string, readonly string[]>> {
  const keys = new Map<string, string[]>();
  for (const file of await readdir(join(who.trustDir, 'private'))) {
    const role = (await readFile(join(who.trustDir, 'private', file), 'utf8')).match(/^role: (\S+)/m)?.[1] ?? '';
    keys.set(role, [...(keys.get(role) ?? []), file.replace(/\.key$/, '')]);
  }
  return keys;
}

/** The one key kept for a role. */
export async function keyOf(who: Person, role: string): Promise<string> {
  const [id, ...more] = (await keysOf(who)).get(role) ?? [];
  if (id === undefined || more.length > 0) throw new Error(`wanted one key for ${role}, got ${more.length + (id === undefined ? 0 : 1)}`);
  return id;
}

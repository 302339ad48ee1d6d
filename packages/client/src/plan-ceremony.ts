// A change of who holds root or targets, for people whose keys never meet: the drafts that they sign one after the other.
import {
  draftEntries,
  draftNextRoot,
  expiryAfter,
  type Fingerprint,
  isJsonObject,
  type JsonObject,
  type KeySet,
  type Parsed,
  type PublicKey,
  type RoleKeys,
  roleOf,
  rootOf,
} from '@countersign/core';
import type { CeremonyChange } from './change.ts';
import { PublishError } from './errors.ts';
import type { Refreshed } from './refresh-repository.ts';
import { rootSignatories, type Step } from './sign-draft.ts';
import type { World } from './world.ts';

/** The next root, and the targets that go up with it when their keys change: under the new root the old file would not verify. */
export function planCeremony(change: CeremonyChange, repository: Refreshed, { options: { lifetimes } }: World): readonly Step[] {
  const { stage, env } = repository;
  const { root: before } = rootOf(stage);
  const replaced = Object.fromEntries(change.roles.map(({ role, keys, threshold }) => [role, keySet(before, role, keys, threshold, env)]));
  const root = draftNextRoot(before, replaced, change.expires ?? expiryAfter(env.now, lifetimes.root), env);
  // TUF 1.0.34 §6.1: a root is signed by a threshold of the keys before it and of its own.
  const needed = [{ role: roleOf(before, 'root'), keys: before.content.keys }, rootSignatories(root, 'root', env)];
  if (!change.roles.some(({ role }) => role === 'targets')) return [{ draft: root, needed }];
  const targets = draftEntries(stage.targets, new Map(), expiryAfter(env.now, lifetimes.targets), env);
  return [
    { draft: root, needed },
    { draft: targets, needed: [rootSignatories(root, 'targets', env)] },
  ];
}

function keySet(
  before: Parsed<'root'>,
  role: 'root' | 'targets',
  wanted: readonly (PublicKey | Fingerprint)[],
  threshold: number,
  env: Refreshed['env'],
): KeySet {
  const standing = standingKeys(before, roleOf(before, role), env);
  const keys = wanted.map((key) => {
    const found = typeof key === 'string' ? standing.get(key) : key;
    if (found === undefined) throw new PublishError('missing-keys', `${role} has no key ${String(key).slice(0, 16)}`);
    return found;
  });
  const distinct = new Set(keys.map(({ fingerprint }) => fingerprint)).size;
  // Nobody could ever publish a root after that one.
  if (distinct !== keys.length) throw new PublishError('impossible-threshold', `${role} would list one key twice`);
  if (threshold < 1 || threshold > distinct)
    throw new PublishError('impossible-threshold', `${role} would need ${threshold} signatures of ${distinct} keys`);
  return { keys, threshold };
}

/** The keys that a root names for a role, as it spells them. */
function standingKeys(root: Parsed<'root'>, { keyids }: RoleKeys, { crypto }: Refreshed['env']): ReadonlyMap<Fingerprint, PublicKey> {
  const objects = root.signed.get('keys');
  const spelled: JsonObject = isJsonObject(objects) ? objects : new Map();
  const found = new Map<Fingerprint, PublicKey>();
  for (const keyid of keyids) {
    const [spelling, object] = [root.content.keys.get(keyid), spelled.get(keyid)];
    const opened = spelling && crypto.openKey(spelling);
    if (spelling === undefined || opened?.status !== 'ready' || !isJsonObject(object)) continue;
    const { fingerprint } = opened.key;
    found.set(fingerprint, { keyid, fingerprint, scheme: spelling.scheme, object });
  }
  return found;
}

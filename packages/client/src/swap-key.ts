// One key out of the lists that name it, and another into its place: in a root and in delegations alike. Keys are compared by what
// they are, because one key may stand there under several ids, and one id may mean another key elsewhere. Everything is edited in the
// raw tree, so that what others wrote beside it stays as it was signed.
import {
  type Binding,
  type Env,
  type Fingerprint,
  isJsonArray,
  isJsonObject,
  type JsonObject,
  type JsonValue,
  type KeyId,
  type KeyRing,
  type Parsed,
  type PublicKey,
  parseKeyId,
  type RoleName,
  shortFingerprint,
  usableKeys,
  withMembers,
} from '@countersign/core';
import { PublishError } from './errors.ts';

export interface Swap {
  readonly old: Fingerprint;
  /** What comes in its place in a role, or nothing. It is one key, which a role may hold in a form of its own. */
  readonly next: (role: string) => PublicKey | undefined;
  /** Which roles are meant. */
  readonly wanted: (role: string) => boolean;
  /** Roles that shall need fewer signatures than before. Every other threshold stays. */
  readonly thresholds: ReadonlyMap<RoleName, number>;
}

type Opening = Pick<Env, 'crypto'>;

/** The fingerprint of a listed key, or undefined for one that cannot be used here. */
function printOf(keyid: KeyId, keys: KeyRing, env: Opening): Fingerprint | undefined {
  const spelling = keys.get(keyid);
  const opened = spelling && env.crypto.openKey(spelling);
  return opened?.status === 'ready' ? opened.key.fingerprint : undefined;
}

const namesKey = (keyids: readonly KeyId[], keys: KeyRing, key: Fingerprint, env: Opening): boolean =>
  keyids.some((keyid) => printOf(keyid, keys, env) === key);

/** `role`, an object with `keyids` and `threshold`, after the swap; undefined when it does not name the key or is not wanted. */
function swappedRole(role: JsonObject, name: string, keys: KeyRing, swap: Swap, env: Opening): JsonObject | undefined {
  const keyids = keyidsOf(role);
  if (!swap.wanted(name) || !namesKey(keyids, keys, swap.old, env)) return undefined;
  const next = swap.next(name);
  let placed = next === undefined || namesKey(keyids, keys, next.fingerprint, env);
  const kept: KeyId[] = [];
  for (const keyid of keyids) {
    if (printOf(keyid, keys, env) !== swap.old) kept.push(keyid);
    else if (next !== undefined && !placed) {
      kept.push(next.keyid);
      placed = true;
    }
  }
  const threshold = thresholdOf(role, name, swap);
  const left = new Set(usableKeys({ keyids: kept, threshold }, keys, env));
  if (next !== undefined) left.add(next.fingerprint);
  if (left.size < threshold) throw unmet(name, threshold, left.size, swap);
  return withMembers(role, { keyids: kept, threshold });
}

function thresholdOf(role: JsonObject, name: string, { thresholds }: Swap): number {
  const before = role.get('threshold');
  const standing = typeof before === 'number' ? before : 1;
  const wanted = [...thresholds].find(([of]) => String(of) === name)?.[1];
  if (wanted === undefined) return standing;
  if (Number.isSafeInteger(wanted) && wanted >= 1 && wanted <= standing) return wanted;
  throw new PublishError('impossible-threshold', `${name}: wanted a threshold from 1 to ${standing}, got ${wanted}`, {
    details: { role: name },
  });
}

function unmet(name: string, threshold: number, left: number, { old }: Swap): PublishError {
  const keys = threshold === 1 ? 'one key' : `${threshold} keys`;
  const text = `${name} needs ${keys} and would have ${left === 0 ? 'none' : left} without ${shortFingerprint(old)}`;
  return new PublishError('impossible-threshold', text, { details: { role: name, threshold, left } });
}

/** The `keys` and `roles` of a root after the swap; undefined when it changes nothing. */
export function swapInRoot(signed: JsonObject, keys: KeyRing, swap: Swap, env: Opening): Readonly<Record<string, JsonValue>> | undefined {
  const roles = new Map(objectOf(signed, 'roles'));
  let changed = false;
  for (const [name, role] of roles) {
    const swapped = isJsonObject(role) ? swappedRole(role, name, keys, swap, env) : undefined;
    if (swapped === undefined) continue;
    roles.set(name, swapped);
    changed = true;
  }
  return changed ? { keys: ringAfter(objectOf(signed, 'keys'), roles, keys, swap, env), roles } : undefined;
}

/** The `delegations` of a targets file after the swap; undefined when it changes nothing. */
export function swapInDelegations(signed: JsonObject, keys: KeyRing, swap: Swap, env: Opening): JsonObject | undefined {
  const before = objectOf(signed, 'delegations');
  const listed = before.get('roles');
  const roles = isJsonArray(listed) ? [...listed] : [];
  let changed = false;
  for (const [at, role] of roles.entries()) {
    const swapped = isJsonObject(role) ? swappedRole(role, String(role.get('name')), keys, swap, env) : undefined;
    if (swapped === undefined) continue;
    roles[at] = swapped;
    changed = true;
  }
  const bins = before.get('succinct_roles');
  const binsName = isJsonObject(bins) ? `${String(bins.get('name_prefix'))}-*` : '';
  const swappedBins = isJsonObject(bins) ? swappedRole(bins, binsName, keys, swap, env) : undefined;
  if (!changed && swappedBins === undefined) return undefined;
  const after = swappedBins ?? bins;
  const named = new Map(roles.map((role) => [isJsonObject(role) ? String(role.get('name')) : '', role]));
  if (after !== undefined) named.set(binsName, after);
  const ring = ringAfter(objectOf(before, 'keys'), named, keys, swap, env);
  return withMembers(before, {
    keys: ring,
    ...(listed === undefined ? {} : { roles }),
    ...(swappedBins === undefined ? {} : { succinct_roles: swappedBins }),
  });
}

/** The binding with the name of the key's holder: it is theirs for the next key too, and goes with the last role that names them. */
export function bindingAfterSwap(
  { content, name: file }: Parsed<'targets'>,
  after: JsonObject,
  swap: Swap,
  env: Opening,
): Binding | undefined {
  const { binding, delegations } = content;
  const name = binding?.signers?.get(swap.old);
  if (binding === undefined || name === undefined) return binding;
  const kept = objectOf(after, 'keys');
  const before = delegations?.keys ?? new Map();
  if ([...before.keys()].some((keyid) => kept.has(keyid) && printOf(keyid, before, env) === swap.old)) return binding;
  const names = new Map(binding.signers);
  names.delete(swap.old);
  const next = swap.next(file);
  if (next !== undefined && !names.has(next.fingerprint)) names.set(next.fingerprint, name);
  const { signers: _, ...others } = binding;
  return names.size === 0 ? others : { ...others, signers: names };
}

/** Keys that no role names any more are dropped. */
function ringAfter(before: JsonObject, roles: ReadonlyMap<string, JsonValue>, keys: KeyRing, swap: Swap, env: Opening): JsonObject {
  const needed = new Set<string>([...roles.values()].flatMap((role) => (isJsonObject(role) ? keyidsOf(role) : [])));
  const ring = new Map<string, JsonValue>([...before].filter(([id]) => needed.has(id)));
  const coming = new Map<KeyId, PublicKey>();
  for (const name of roles.keys()) {
    const next = swap.next(name);
    if (next !== undefined && needed.has(next.keyid)) coming.set(next.keyid, next);
  }
  for (const next of coming.values()) addTo(ring, next, keys, env);
  return ring;
}

function addTo(ring: Map<string, JsonValue>, next: PublicKey, keys: KeyRing, env: Opening): void {
  // A file of others may call another key so. Whoever that one was trusted as, the new key must not become.
  const same = ring.has(next.keyid) ? printOf(next.keyid, keys, env) === next.fingerprint : true;
  if (!same) throw new PublishError('impossible-threshold', `another key goes by the id of ${shortFingerprint(next.fingerprint)} here`);
  if (!ring.has(next.keyid)) ring.set(next.keyid, next.object);
}

function keyidsOf(role: JsonObject): readonly KeyId[] {
  const keyids = role.get('keyids');
  return isJsonArray(keyids) ? keyids.flatMap((id) => (typeof id === 'string' ? [parseKeyId(id)] : [])) : [];
}

const objectOf = (object: JsonObject, name: string): JsonObject => {
  const value = object.get(name);
  return isJsonObject(value) ? value : new Map();
};

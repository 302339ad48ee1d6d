// One delegated role: fetched, and held to the delegation that leads to it and to no other.
import { encodeHex } from '../bytes/hex.ts';
import { encodeUtf8 } from '../bytes/utf8.ts';
import type { Cryptography, KeySpelling } from '../crypto/port.ts';
import { TrustError } from '../errors.ts';
import type { Env } from '../formats/dialect.ts';
import { binOf } from '../model/bins.ts';
import type { DelegatedRole, KeyRing, MetaFile } from '../model/metadata.ts';
import { rootOf, type TargetsTrusted } from '../trust/stages.ts';
import { trustDelegated } from '../trust/targets.ts';
import type { Verified } from '../verify/verify-signed.ts';
import type { Workflow } from './need.ts';
import { fileOf, metaNeed } from './refresh.ts';

/**
 * Delegated roles that were trusted during one refresh, so that several searches verify each once. The key states the keys and
 * the threshold too: what was verified for one delegation proves nothing for another.
 */
export type TrustedRoles = Map<string, Verified<'targets'>>;

/**
 * How `TrustedRoles` calls a role that was held to this delegation. The delegator's name would not do: where the snapshot states
 * no hashes, two files may go by one name and version, and each delegates to other keys. Hashed, because a file of some megabytes
 * can list its keys so often that spelling them out each time would fill the memory.
 */
export function trustedRoleKey(role: DelegatedRole, keys: KeyRing, crypto: Cryptography): string {
  const listed = role.keyids.map((keyid) => {
    const key = keys.get(keyid);
    return key === undefined ? [keyid] : [keyid, hashOfKey(key, crypto)];
  });
  return hashOf([role.name, role.threshold, listed], crypto);
}

// What a key is spelled like does not change, and a hash is the same whoever made it.
const hashes = new WeakMap<KeySpelling, string>();

function hashOfKey(key: KeySpelling, crypto: Cryptography): string {
  const known = hashes.get(key);
  if (known !== undefined) return known;
  const hash = hashOf([key.keytype, key.scheme, key.public], crypto);
  hashes.set(key, hash);
  return hash;
}

const hashOf = (value: unknown, crypto: Cryptography): string => encodeHex(crypto.digest('sha256', encodeUtf8(JSON.stringify(value))));

/** How many bytes the next role may have. Parsed, a byte may take thirty: files that are each within bounds could fill the memory. */
function roomFor(meta: MetaFile, stage: TargetsTrusted, trusted: TrustedRoles, { limits }: Env): number {
  let read = stage.targets.file.length;
  for (const { file } of trusted.values()) read += file.length;
  const room = limits.repositoryBytes - read;
  if (room >= Math.max(1, meta.length ?? 1)) return room;
  throw new TrustError('limit', `targets and delegated roles have more than ${limits.repositoryBytes} bytes together`);
}

/**
 * The file of one delegated role, held to the delegation that leads to it; undefined when the role has signed nothing yet.
 * Throws TrustError and FormatError: a bad role is never taken for an absent one.
 */
export function* delegatedTargets(
  stage: TargetsTrusted,
  delegator: Verified<'targets'>,
  role: DelegatedRole,
  trusted: TrustedRoles,
  env: Env,
): Workflow<Verified<'targets'> | undefined> {
  const keys = delegator.content.delegations?.keys ?? new Map();
  const known = trustedRoleKey(role, keys, env.crypto);
  const remembered = trusted.get(known);
  if (remembered !== undefined) return remembered;
  const meta = stage.before.snapshot.content.meta.get(role.name);
  // A role that the snapshot does not list has no file yet, and none is asked for.
  if (meta === undefined) return hadNone(stage, role);
  const need = metaNeed('delegated', role.name, meta, rootOf(stage), env);
  const room = roomFor(meta, stage, trusted, env);
  const binOf = delegator.content.delegations?.bins === undefined ? {} : { binOf: delegator.name };
  const { targets } = yield* fileOf({ ...need, ...binOf, maxLength: Math.min(need.maxLength, room) }, undefined, env, (file) => {
    const found = trustDelegated(stage, { delegator, role, keys }, file, env);
    checkIsThisBin(found.targets, delegator, role, env);
    return found;
  });
  trusted.set(known, targets);
  return targets;
}

/**
 * A role that may leave the snapshot does so with its delegation. Left out while it stands, its names would look unsigned, or an older
 * entry of another role would speak for them. Other keys than it was seen under are no excuse: owners give roles new keys all the time.
 */
function hadNone(stage: TargetsTrusted, { name }: DelegatedRole): undefined {
  const seen = rootOf(stage).floor?.roles.get(name);
  if (seen === undefined) return undefined;
  throw new TrustError('rollback', `the snapshot lost ${name.slice(0, 80)}, seen at v${seen.version}`);
}

/**
 * The same keys sign every bin, and the snapshot states no hash of it: whoever carries files could hand out another of the same version,
 * and every name in this one would look unsigned. A file that does not say which one it is, is told apart by what it holds.
 */
function checkIsThisBin({ content }: Verified<'targets'>, delegator: Verified<'targets'>, { name }: DelegatedRole, { crypto }: Env): void {
  if (content.binding === undefined || delegator.content.delegations?.bins === undefined) return;
  const [path] = content.targets.keys();
  const home = path === undefined ? undefined : binOf(delegator.content, path, crypto)?.name;
  if (path === undefined || home === name) return;
  throw new TrustError('mismatch', `what is served as ${name} is another file: ${path.slice(0, 80)} belongs in ${home ?? delegator.name}`);
}

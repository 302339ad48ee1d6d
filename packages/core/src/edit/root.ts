// Edits of a root: which keys a repository believes (TUF 1.0.34 §4.3, §6.1).
import type { Env } from '../formats/dialect.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../json/value.ts';
import type { Parsed, RoleKeys, TopLevelRole } from '../model/metadata.ts';
import { roleOf } from '../model/role-of.ts';
import { ROOT, TOP_LEVEL_ROLES } from '../model/top-level.ts';
import type { Gun, Instant, KeyId, RepositoryId, Version } from '../names/brand.ts';
import { parseKeyId } from '../names/key-id.ts';
import { type Draft, firstDraft, nextDraft } from './draft.ts';
import type { PublicKey } from './signer.ts';

/** The keys of a role, and how many must sign. */
export interface KeySet {
  readonly keys: readonly PublicKey[];
  readonly threshold: number;
}

export interface NewRoot {
  readonly version: Version;
  /** Undefined in a dialect whose roots say in their keys alone whose they are. */
  readonly repository: RepositoryId | undefined;
  readonly names: readonly Gun[];
  readonly roles: Readonly<Record<TopLevelRole, KeySet>>;
  readonly expires: Instant;
}

export function draftFirstRoot(root: NewRoot, env: Env): Draft<'root'> {
  const { version, repository, names, roles, expires } = root;
  const binding = repository && { repository, names };
  const keys = new Map<string, JsonValue>();
  const held = new Map<TopLevelRole, RoleKeys>();
  for (const role of TOP_LEVEL_ROLES) {
    for (const key of roles[role].keys) keys.set(key.keyid, key.object);
    held.set(role, asRoleKeys(roles[role]));
  }
  const body = { consistent_snapshot: env.dialect.consistentSnapshot, keys, roles: env.dialect.rootRoles(held) };
  return firstDraft('root', ROOT, { version, expires, binding }, body, env);
}

/** The next root, with the keys of some roles replaced. Keys that no role needs any more are dropped; unknown members stay. */
export function draftNextRoot(
  previous: Parsed<'root'>,
  change: Partial<Readonly<Record<TopLevelRole, KeySet>>>,
  expires: Instant,
  env: Env,
): Draft<'root'> {
  const held = new Map<TopLevelRole, RoleKeys>();
  const keys = new Map<string, JsonValue>(memberOf(previous.signed, 'keys'));
  for (const role of TOP_LEVEL_ROLES) {
    const replacement = change[role];
    held.set(role, replacement === undefined ? roleOf(previous, role) : asRoleKeys(replacement));
    for (const key of replacement?.keys ?? []) keys.set(key.keyid, key.object);
  }
  const needed = new Set<KeyId>([...held.values()].flatMap((role) => role.keyids));
  const kept = new Map([...keys].filter(([id]) => needed.has(parseKeyId(id))));
  const roles = new Map<string, JsonValue>(memberOf(previous.signed, 'roles'));
  for (const [name, value] of asObject(env.dialect.rootRoles(held))) roles.set(name, value);
  return nextDraft(previous, expires, { keys: kept, roles }, env);
}

const asRoleKeys = (set: KeySet): RoleKeys => ({ keyids: set.keys.map((key) => key.keyid), threshold: set.threshold });
const asObject = (value: JsonValue | undefined): JsonObject => (isJsonObject(value) ? value : new Map());
const memberOf = (object: JsonObject, name: string): JsonObject => asObject(object.get(name));

// What a proposed file of targets or of a delegated role changes: entries, and who may sign below it. As for a root, the edit that is
// shown is made again, and a draft that is anything else is refused.
import { equalBytes } from '../bytes/bytes.ts';
import { excerpt } from '../bytes/excerpt.ts';
import type { Env } from '../formats/dialect.ts';
import { encodeCanonical } from '../json/canonical.ts';
import { isJsonArray, isJsonObject, type JsonObject, type JsonValue, withMembers } from '../json/value.ts';
import { entryKind } from '../model/entries.ts';
import type { DelegatedRole, Parsed, SignerNames, TargetEntry } from '../model/metadata.ts';
import type { Fingerprint, Instant, KeyId, RoleName } from '../names/brand.ts';
import { type Holders, holdersOf, plainKey, strange } from './difference-keys.ts';
import { firstDraft, nextDraft } from './draft.ts';

/** An entry that a draft adds (`before` undefined), takes away (`after` undefined) or changes. */
export interface EntryChange {
  readonly path: string;
  readonly before: TargetEntry | undefined;
  readonly after: TargetEntry | undefined;
}

/** A delegation as one file has it. */
export interface DelegationShown extends Holders {
  readonly role: DelegatedRole;
}

export interface DelegationDifference {
  readonly role: RoleName;
  readonly before: DelegationShown | undefined;
  readonly after: DelegationShown | undefined;
}

/** What the holder of a key is called. */
export interface NameDifference {
  readonly key: Fingerprint;
  readonly before: RoleName | undefined;
  readonly after: RoleName | undefined;
}

export interface TargetsDifference {
  readonly kind: 'targets';
  readonly entries: readonly EntryChange[];
  readonly delegations: readonly DelegationDifference[];
  /** Whether delegations that stay are searched in another order. */
  readonly reordered: boolean;
  /** Keys that go by another name from now on: a name under a foreign key would have people trust the wrong one. */
  readonly names: readonly NameDifference[];
  /** All delegations in the order of searches: who stands first is found first. */
  readonly order: readonly RoleName[];
  /** `before` is undefined for the first file of a role. */
  readonly expires: { readonly before: Instant | undefined; readonly after: Instant };
}

/**
 * Throws TrustError(`strange-draft`) unless `after` is `before` (an empty file, for the first of its role) with other entries,
 * delegations and expiry, bound to the same repository and to the name that it is signed for, and nothing else.
 */
export function targetsDifference(before: Parsed<'targets'> | undefined, after: Parsed<'targets'>, env: Env): TargetsDifference {
  const { binding, expires, version } = after.content;
  const body = { targets: after.signed.get('targets'), delegations: after.signed.get('delegations') };
  const shown =
    before === undefined
      ? firstDraft('targets', after.name, { version, expires, binding }, body, env)
      : nextDraft(before, expires, body, env, binding);
  if (!equalBytes(shown.message, after.signedBytes)) throw strange('it changes more than entries, delegations and expiry');
  for (const [path, entry] of membersOf(after.signed, 'targets')) checkEntry(path, entry, before, after, env);
  return {
    kind: 'targets',
    entries: entryChanges(before, after),
    names: nameChanges(before, after),
    ...delegationChanges(before, after, env),
    expires: { before: before?.content.expires, after: expires },
  };
}

/** What an entry says beyond what people are shown must have stood there before. */
function checkEntry(path: string, raw: JsonValue, before: Parsed<'targets'> | undefined, after: Parsed<'targets'>, env: Env): void {
  const standing = before && membersOf(before.signed, 'targets').get(path);
  const entry = after.content.targets.get(path);
  if (entry === undefined || isSame(raw, standing)) return;
  if (!isSame(raw, env.dialect.entry(entry))) throw strange(`the entry of ${excerpt(path)} says more than an entry does`);
  // No client would take an entry of a kind that it does not know, and nobody could be shown what it is.
  entryKind(entry);
}

function entryChanges(before: Parsed<'targets'> | undefined, after: Parsed<'targets'>): readonly EntryChange[] {
  const [old, next] = [before && membersOf(before.signed, 'targets'), membersOf(after.signed, 'targets')];
  const paths = [...new Set([...(old?.keys() ?? []), ...next.keys()])].filter((path) => !isSame(old?.get(path), next.get(path)));
  return paths.map((path) => ({ path, before: before?.content.targets.get(path), after: after.content.targets.get(path) }));
}

function nameChanges(before: Parsed<'targets'> | undefined, after: Parsed<'targets'>): readonly NameDifference[] {
  const [old, next]: readonly [SignerNames, SignerNames] = [
    before?.content.binding?.signers ?? new Map(),
    after.content.binding?.signers ?? new Map(),
  ];
  const keys = [...new Set([...old.keys(), ...next.keys()])].filter((key) => old.get(key) !== next.get(key));
  return keys.map((key) => ({ key, before: old.get(key), after: next.get(key) }));
}

function delegationChanges(
  before: Parsed<'targets'> | undefined,
  after: Parsed<'targets'>,
  env: Env,
): Pick<TargetsDifference, 'delegations' | 'reordered' | 'order'> {
  const [old, next] = [before && membersOf(before.signed, 'delegations'), membersOf(after.signed, 'delegations')];
  // Members beside the two that are compared one by one: they must be what they were.
  const rest = (object: JsonObject | undefined): JsonObject => withMembers(object ?? new Map(), { keys: undefined, roles: undefined });
  if (!isSame(rest(old), rest(next))) throw strange('its delegations say more than delegations do');
  const [was, becomes] = [rolesOf(old), rolesOf(next)];
  const keys = membersOf(next, 'keys');
  const oldKeys = old && membersOf(old, 'keys');
  const used = new Set<string>((after.content.delegations?.roles ?? []).flatMap(({ keyids }) => keyids));
  for (const [id, object] of keys) {
    if (!isSame(object, oldKeys?.get(id)) && !used.has(id)) throw strange(`key ${id.slice(0, 16)} belongs to no role`);
  }
  const changed: DelegationDifference[] = [];
  const [shownBefore, shownAfter] = [shownRoles(before, env), shownRoles(after, env)];
  const names = new Set([...was.keys(), ...becomes.keys()]);
  for (const name of names) {
    const [from, to] = [shownBefore.get(name), shownAfter.get(name)];
    const same = isSame(was.get(name), becomes.get(name)) && (to?.role.keyids ?? []).every((id) => isSame(oldKeys?.get(id), keys.get(id)));
    if (same) continue;
    if (to !== undefined) checkDelegation(to, becomes.get(name), keys, after, env);
    const role = (to ?? from)?.role.name;
    if (role !== undefined) changed.push({ role, before: from, after: to });
  }
  const stay = (roles: ReadonlyMap<string, JsonValue>): readonly string[] =>
    [...roles.keys()].filter((name) => was.has(name) && becomes.has(name));
  return {
    delegations: changed,
    reordered: stay(was).join(' ') !== stay(becomes).join(' '),
    order: (after.content.delegations?.roles ?? []).map(({ name }) => name),
  };
}

function checkDelegation(to: DelegationShown, raw: JsonValue | undefined, objects: JsonObject, after: Parsed<'targets'>, env: Env): void {
  const { role, keys, threshold } = to;
  if (!isSame(raw, env.dialect.delegatedRole(role))) throw strange(`the delegation to ${role.name} says more than a delegation does`);
  const ring = after.content.delegations?.keys ?? new Map<KeyId, never>();
  for (const id of role.keyids) plainKey(id, ring, objects, env);
  if (keys.length !== role.keyids.length) throw strange(`${role.name} lists one key twice`);
  if (keys.length < threshold) throw strange(`${role.name} asks for ${threshold} signatures of ${keys.length} keys`);
}

function shownRoles(file: Parsed<'targets'> | undefined, env: Env): ReadonlyMap<string, DelegationShown> {
  const { roles = [], keys = new Map() } = file?.content.delegations ?? {};
  return new Map(roles.map((role) => [role.name, { role, ...holdersOf(role, keys, env) }]));
}

/** The delegations of a file by name, as they are written. */
function rolesOf(delegations: JsonObject | undefined): ReadonlyMap<string, JsonValue> {
  const listed = delegations?.get('roles');
  const roles = new Map<string, JsonValue>();
  for (const role of isJsonArray(listed) ? listed : []) if (isJsonObject(role)) roles.set(String(role.get('name')), role);
  return roles;
}

const membersOf = (object: JsonObject, name: string): JsonObject => {
  const value = object.get(name);
  return isJsonObject(value) ? value : new Map();
};

const isSame = (one: JsonValue | undefined, other: JsonValue | undefined): boolean =>
  one === undefined || other === undefined ? one === other : equalBytes(encodeCanonical(one), encodeCanonical(other));

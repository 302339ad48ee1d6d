// Edits of targets and delegated roles: what names stand for, and who may say so (TUF 1.0.34 §4.5).
import type { Env } from '../formats/dialect.ts';
import { isJsonArray, isJsonObject, type JsonObject, type JsonValue, jsonObject } from '../json/value.ts';
import type { Binding, DelegatedRole, Parsed, TargetEntry } from '../model/metadata.ts';
import type { Instant, RoleName, Version } from '../names/brand.ts';
import { type Draft, firstDraft, nextDraft } from './draft.ts';
import type { KeySet } from './root.ts';

/** A change of the entries of one role: an entry replaces whatever the name stood for, `undefined` removes it. */
export type EntryChanges = ReadonlyMap<string, TargetEntry | undefined>;

export interface NewDelegation {
  readonly name: RoleName;
  readonly keys: KeySet;
  readonly paths: readonly string[];
  readonly terminating: boolean;
}

export interface NewTargets {
  readonly name: RoleName;
  readonly version: Version;
  readonly expires: Instant;
  readonly binding: Binding;
  readonly delegations: readonly NewDelegation[];
}

export function draftFirstTargets(targets: NewTargets, env: Env): Draft<'targets'> {
  const { name, version, expires, binding, delegations } = targets;
  const body = { targets: new Map(), delegations: delegations.length === 0 ? undefined : withDelegations(undefined, delegations, env) };
  return firstDraft('targets', name, { version, expires, binding: { repository: binding.repository } }, body, env);
}

export function draftEntries(previous: Parsed<'targets'>, changes: EntryChanges, expires: Instant, env: Env): Draft<'targets'> {
  const targets = new Map<string, JsonValue>(memberOf(previous.signed, 'targets'));
  for (const [path, entry] of changes) {
    if (entry === undefined) targets.delete(path);
    else targets.set(path, env.dialect.entry(entry));
  }
  return nextDraft(previous, expires, { targets }, env);
}

/** The next version with some delegations added, or replaced in their place. The order of the others is theirs: it decides searches. */
export function draftDelegations(
  previous: Parsed<'targets'>,
  changes: readonly NewDelegation[],
  expires: Instant,
  env: Env,
): Draft<'targets'> {
  const delegations = withDelegations(memberOf(previous.signed, 'delegations'), changes, env);
  return nextDraft(previous, expires, { delegations }, env);
}

function withDelegations(previous: JsonObject | undefined, changes: readonly NewDelegation[], env: Env): JsonObject {
  const roles = [...listOf(previous, 'roles')];
  const keys = new Map<string, JsonValue>(previous && memberOf(previous, 'keys'));
  for (const change of changes) {
    for (const key of change.keys.keys) keys.set(key.keyid, key.object);
    const at = roles.findIndex((role) => isJsonObject(role) && role.get('name') === change.name);
    const written = env.dialect.delegatedRole(asDelegatedRole(change));
    if (at < 0) roles.push(written);
    else roles[at] = written;
  }
  const needed = new Set(roles.flatMap((role) => (isJsonObject(role) ? listOf(role, 'keyids') : [])));
  const kept = new Map([...keys].filter(([id]) => needed.has(id)));
  return new Map<string, JsonValue>([...(previous ?? jsonObject({})), ['keys', kept], ['roles', roles]]);
}

const asDelegatedRole = ({ name, keys, paths, terminating }: NewDelegation): DelegatedRole => ({
  name,
  terminating,
  keyids: keys.keys.map((key) => key.keyid),
  threshold: keys.threshold,
  scope: { by: 'paths', patterns: paths },
});

const memberOf = (object: JsonObject, name: string): JsonObject => {
  const value = object.get(name);
  return isJsonObject(value) ? value : new Map();
};
const listOf = (object: JsonObject | undefined, name: string): readonly JsonValue[] => {
  const value = object?.get(name);
  return isJsonArray(value) ? value : [];
};

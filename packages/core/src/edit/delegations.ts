// Edits of who may say what names stand for: delegated roles, their order, their keys, and what people call the holders of those
// (TUF 1.0.34 §4.5).
import type { Env } from '../formats/dialect.ts';
import { isJsonArray, isJsonObject, type JsonObject, type JsonValue, jsonObject } from '../json/value.ts';
import type { DelegatedRole, Parsed, SignerNames } from '../model/metadata.ts';
import type { Fingerprint, Instant, RoleName } from '../names/brand.ts';
import { type Draft, nextDraft } from './draft.ts';
import type { KeySet } from './root.ts';

export interface NewDelegation {
  readonly name: RoleName;
  readonly keys: KeySet;
  readonly paths: readonly string[];
  readonly terminating: boolean;
  /** Names for some of the keys. Other keys keep theirs, as long as a role uses them. */
  readonly signers?: SignerNames;
  /** The role that it goes before. Without it a new one goes to the end, and one that stands stays where it is. */
  readonly before?: RoleName;
}

/** A role added or replaced; or one taken away. */
export type DelegationChange = NewDelegation | { readonly remove: RoleName };

/** The next version with some delegations changed. The order of the others is theirs: it decides searches. */
export function draftDelegations(
  previous: Parsed<'targets'>,
  changes: readonly DelegationChange[],
  expires: Instant,
  env: Env,
): Draft<'targets'> {
  const delegations = withDelegations(memberOf(previous.signed, 'delegations'), changes, env);
  return nextDraft(previous, expires, { delegations }, env, bindingWith(previous, changes, delegations, env));
}

/** The `delegations` member. Keys that no role needs any more are dropped; unknown members stay. */
export function withDelegations(previous: JsonObject | undefined, changes: readonly DelegationChange[], env: Env): JsonObject {
  let roles = listOf(previous, 'roles');
  const keys = new Map<string, JsonValue>(previous && memberOf(previous, 'keys'));
  for (const change of changes) {
    if ('remove' in change) roles = roles.filter((role) => nameOf(role) !== change.remove);
    else {
      for (const key of change.keys.keys) keys.set(key.keyid, key.object);
      roles = withRole(roles, change, env.dialect.delegatedRole(asDelegatedRole(change)));
    }
  }
  const needed = new Set(roles.flatMap((role) => (isJsonObject(role) ? listOf(role, 'keyids') : [])));
  const kept = new Map([...keys].filter(([id]) => needed.has(id)));
  return new Map<string, JsonValue>([...(previous ?? jsonObject({})), ['keys', kept], ['roles', roles]]);
}

/** `before` names a role that stands, or the new role goes to the end. */
function withRole(roles: readonly JsonValue[], { name, before }: NewDelegation, written: JsonValue): readonly JsonValue[] {
  const at = roles.findIndex((role) => nameOf(role) === name);
  if (at >= 0 && before === undefined) return roles.with(at, written);
  const others = roles.filter((role) => nameOf(role) !== name);
  const next = others.findIndex((role) => nameOf(role) === before);
  return next < 0 ? [...others, written] : others.toSpliced(next, 0, written);
}

/** The binding with the names of exactly those keys that a role still uses. */
function bindingWith(previous: Parsed<'targets'>, changes: readonly DelegationChange[], delegations: JsonObject, env: Env) {
  const { binding, delegations: before } = previous.content;
  if (binding === undefined) return undefined;
  const used = new Set<Fingerprint>();
  const kept = memberOf(delegations, 'keys');
  for (const [id, spelling] of before?.keys ?? []) {
    const opened = kept.has(id) ? env.crypto.openKey(spelling) : undefined;
    if (opened?.status === 'ready') used.add(opened.key.fingerprint);
  }
  const names = new Map(binding.signers);
  for (const change of changes) {
    if ('remove' in change) continue;
    for (const key of change.keys.keys) if (kept.has(key.keyid)) used.add(key.fingerprint);
    for (const [fingerprint, name] of change.signers ?? []) names.set(fingerprint, name);
  }
  const { signers: _, ...others } = binding;
  const signers = new Map([...names].filter(([fingerprint]) => used.has(fingerprint)));
  return signers.size === 0 ? others : { ...others, signers };
}

const asDelegatedRole = ({ name, keys, paths, terminating }: NewDelegation): DelegatedRole => ({
  name,
  terminating,
  keyids: keys.keys.map((key) => key.keyid),
  threshold: keys.threshold,
  scope: { by: 'paths', patterns: paths },
});

const nameOf = (role: JsonValue): JsonValue | undefined => (isJsonObject(role) ? role.get('name') : undefined);
const memberOf = (object: JsonObject, name: string): JsonObject => {
  const value = object.get(name);
  return isJsonObject(value) ? value : new Map();
};
const listOf = (object: JsonObject | undefined, name: string): readonly JsonValue[] => {
  const value = object?.get(name);
  return isJsonArray(value) ? value : [];
};

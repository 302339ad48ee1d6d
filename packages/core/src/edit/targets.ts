// Edits of targets and delegated roles: what names stand for (TUF 1.0.34 §4.5). Who may say so is edited in delegations.ts.
import type { Env } from '../formats/dialect.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../json/value.ts';
import type { Binding, Parsed, TargetEntry } from '../model/metadata.ts';
import type { Instant, RoleName, Version } from '../names/brand.ts';
import { type NewDelegation, withDelegations } from './delegations.ts';
import { type Draft, firstDraft, nextDraft } from './draft.ts';

/** A change of the entries of one role: an entry replaces whatever the name stood for, `undefined` removes it. */
export type EntryChanges = ReadonlyMap<string, TargetEntry | undefined>;

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

const memberOf = (object: JsonObject, name: string): JsonObject => {
  const value = object.get(name);
  return isJsonObject(value) ? value : new Map();
};

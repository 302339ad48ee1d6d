// Edits of targets and delegated roles: what names stand for (TUF 1.0.34 §4.5). Who may say so is edited in delegations.ts.
import type { Env } from '../formats/dialect.ts';
import { isJsonObject, type JsonObject, type JsonValue, jsonObject } from '../json/value.ts';
import type { Binding, Parsed, TargetEntry } from '../model/metadata.ts';
import type { Instant, RoleName, Version } from '../names/brand.ts';
import { type NewDelegation, withDelegations } from './delegations.ts';
import { type Draft, firstDraft, nextDraft } from './draft.ts';
import type { PublicKey } from './signer.ts';

/** A change of the entries of one role: an entry replaces whatever the name stood for, `undefined` removes it. */
export type EntryChanges = ReadonlyMap<string, TargetEntry | undefined>;

/** Bins, in place of roles: the same keys sign each. */
export interface NewBins {
  readonly bits: number;
  readonly prefix: string;
  readonly keys: { readonly keys: readonly Pick<PublicKey, 'keyid' | 'object'>[]; readonly threshold: number };
}

export interface NewTargets {
  readonly name: RoleName;
  readonly version: Version;
  readonly expires: Instant;
  readonly binding: Binding | undefined;
  readonly delegations: readonly NewDelegation[] | NewBins;
}

export function draftFirstTargets(targets: NewTargets, env: Env): Draft<'targets'> {
  const { name, version, expires, binding, delegations } = targets;
  const body = { targets: new Map(), delegations: firstDelegations(delegations, env) };
  return firstDraft('targets', name, { version, expires, binding: binding && { repository: binding.repository } }, body, env);
}

function firstDelegations(delegations: NewTargets['delegations'], env: Env): JsonObject | undefined {
  if ('bits' in delegations) return withBins(undefined, delegations, env);
  return delegations.length === 0 ? env.dialect.noDelegations : withDelegations(undefined, delegations, env);
}

export function draftEntries(previous: Parsed<'targets'>, changes: EntryChanges, expires: Instant, env: Env): Draft<'targets'> {
  const targets = new Map<string, JsonValue>(memberOf(previous.signed, 'targets'));
  for (const [path, entry] of changes) {
    if (entry === undefined) targets.delete(path);
    else targets.set(path, env.dialect.entry(entry));
  }
  return nextDraft(previous, expires, { targets }, env);
}

/** The next version with its bins left to other keys. What the bins hold stays, and has to be signed anew. */
export function draftBins(previous: Parsed<'targets'>, bins: NewBins, expires: Instant, env: Env): Draft<'targets'> {
  return nextDraft(previous, expires, { delegations: withBins(memberOf(previous.signed, 'delegations'), bins, env) }, env);
}

function withBins(previous: JsonObject | undefined, { bits, prefix, keys: { keys, threshold } }: NewBins, env: Env): JsonObject {
  const held = new Map<string, JsonValue>(keys.map((key) => [key.keyid, key.object]));
  const [member, value] = env.dialect.bins({ bits, prefix, keyids: keys.map((key) => key.keyid), threshold });
  return new Map<string, JsonValue>([...(previous ?? jsonObject({})), ['keys', held], [member, value]]);
}

const memberOf = (object: JsonObject, name: string): JsonObject => {
  const value = object.get(name);
  return isJsonObject(value) ? value : new Map();
};

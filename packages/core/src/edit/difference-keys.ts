// Who could sign before a draft, and who could afterwards: what people compare before they put their key to it.

import { equalBytes } from '../bytes/bytes.ts';
import { keyIdOf } from '../crypto/key-id.ts';
import { TrustError } from '../errors.ts';
import type { Env } from '../formats/dialect.ts';
import { encodeCanonical } from '../json/canonical.ts';
import { isJsonObject, type JsonObject, jsonObject } from '../json/value.ts';
import type { KeyRing, RoleKeys } from '../model/metadata.ts';
import type { Fingerprint, KeyId } from '../names/brand.ts';
import { usableKeys } from '../verify/count.ts';
import type { PublicKey } from './signer.ts';

/** The distinct keys that may sign, and how many of them must. */
export interface Holders {
  readonly threshold: number;
  readonly keys: readonly Fingerprint[];
}

export const holdersOf = (role: RoleKeys, keys: KeyRing, env: Pick<Env, 'crypto'>): Holders => ({
  threshold: role.threshold,
  keys: [...usableKeys(role, keys, env)],
});

/**
 * A key that a draft brings, when it is spelled as every file of ours spells keys. Throws TrustError(`strange-draft`) otherwise: what
 * is written beside a key, or under a name that is not its own, is nothing that a person was shown.
 */
export function plainKey(id: KeyId, ring: KeyRing, objects: JsonObject, env: Pick<Env, 'crypto'>): PublicKey {
  const object = objects.get(id);
  const spelling = ring.get(id);
  const opened = spelling === undefined ? undefined : env.crypto.openKey(spelling);
  if (!isJsonObject(object) || spelling === undefined || opened?.status !== 'ready') throw strange(`key ${id.slice(0, 16)} cannot be used`);
  const { keytype, scheme, public: text } = spelling;
  const plain = jsonObject({ keytype, scheme, keyval: jsonObject({ public: text }) });
  if (!equalBytes(encodeCanonical(plain), encodeCanonical(object)) || keyIdOf(env.crypto, object) !== id)
    throw strange(`key ${id.slice(0, 16)} is not spelled as keys are, or goes by another name`);
  return { keyid: id, fingerprint: opened.key.fingerprint, scheme, object };
}

/** Whether two roles are held by the same keys in the same order with the same threshold. */
export function sameHolders(one: RoleKeys, ones: KeyRing, other: RoleKeys, others: KeyRing): boolean {
  if (one.threshold !== other.threshold || one.keyids.length !== other.keyids.length) return false;
  return one.keyids.every((id, at) => {
    if (id !== other.keyids[at]) return false;
    const [a, b] = [ones.get(id), others.get(id)];
    return a?.keytype === b?.keytype && a?.scheme === b?.scheme && a?.public === b?.public;
  });
}

export const strange = (text: string): TrustError =>
  new TrustError('strange-draft', `this draft cannot be shown, so it must not be signed: ${text}`);

// What a proposed root changes. Whoever is asked to sign one computes this from the root that they verified themselves, and the edit
// that is shown is made again here: a draft that is anything else than that edit is refused, so nothing can be signed unseen.
import { equalBytes } from '../bytes/bytes.ts';
import type { Env } from '../formats/dialect.ts';
import { isJsonObject, type JsonObject } from '../json/value.ts';
import type { Parsed, TopLevelRole } from '../model/metadata.ts';
import { roleOf } from '../model/role-of.ts';
import { TOP_LEVEL_ROLES } from '../model/top-level.ts';
import type { Fingerprint, Gun, Instant } from '../names/brand.ts';
import { type Holders, holdersOf, plainKey, sameHolders, strange } from './difference-keys.ts';
import { draftNextRoot, type KeySet } from './root.ts';

export interface RoleChange {
  readonly role: TopLevelRole;
  readonly before: Holders;
  readonly after: Holders;
  readonly added: readonly Fingerprint[];
  readonly removed: readonly Fingerprint[];
}

export interface RootDifference {
  readonly kind: 'root';
  /** Roles whose keys or threshold change, in the order of the format. */
  readonly roles: readonly RoleChange[];
  readonly expires: { readonly before: Instant; readonly after: Instant };
  /** The names that the repository goes by: a proposal changes none of them. */
  readonly names: readonly Gun[];
}

/** Throws TrustError(`strange-draft`) unless `after` is `before` with other keys, thresholds and expiry, and nothing else. */
export function rootDifference(before: Parsed<'root'>, after: Parsed<'root'>, env: Env): RootDifference {
  const objects = after.signed.get('keys');
  const spelled: JsonObject = isJsonObject(objects) ? objects : new Map();
  const change: { [Role in TopLevelRole]?: KeySet } = {};
  const roles: RoleChange[] = [];
  for (const role of TOP_LEVEL_ROLES) {
    const [old, next] = [roleOf(before, role), roleOf(after, role)];
    if (sameHolders(old, before.content.keys, next, after.content.keys)) continue;
    const keys = next.keyids.map((id) => plainKey(id, after.content.keys, spelled, env));
    change[role] = { keys, threshold: next.threshold };
    const [was, becomes] = [holdersOf(old, before.content.keys, env), holdersOf(next, after.content.keys, env)];
    if (becomes.keys.length !== keys.length) throw strange(`${role} lists one key twice`);
    if (becomes.keys.length < next.threshold) throw strange(`${role} asks for ${next.threshold} signatures of ${becomes.keys.length} keys`);
    roles.push({
      role,
      before: was,
      after: becomes,
      added: becomes.keys.filter((key) => !was.keys.includes(key)),
      removed: was.keys.filter((key) => !becomes.keys.includes(key)),
    });
  }
  const { expires, binding } = after.content;
  const shown = draftNextRoot(before, change, expires, env);
  if (!equalBytes(shown.message, after.signedBytes)) throw strange('it changes more than keys, thresholds and expiry');
  return { kind: 'root', roles, expires: { before: before.content.expires, after: expires }, names: binding?.names ?? [] };
}

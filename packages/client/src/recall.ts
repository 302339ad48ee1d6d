// What this machine saw of a repository last, out of its rollback memory. It says what was so, and proves nothing of today.
import {
  type Env,
  type Fingerprint,
  type Gun,
  type Instant,
  parseRoleName,
  type RoleName,
  roleOf,
  TOP_LEVEL_ROLES,
  usableKeys,
  type Version,
} from '@countersign/core';
import type { ReadingWorld } from './world.ts';

/** A top-level role as it was seen last. */
export interface RecalledRole {
  readonly role: RoleName;
  readonly threshold: number;
  readonly keys: readonly Fingerprint[];
  /** Undefined for what rollback memory does not hold: targets. */
  readonly seen: { readonly version: Version; readonly expires: Instant } | undefined;
}

/** Root first; empty when nothing is remembered. Throws StateError('damaged-state'). */
export function recallRoles(gun: Gun, { options, floors, dialect }: ReadingWorld): readonly RecalledRole[] {
  const env: Env = { now: options.now(), crypto: options.crypto, limits: options.limits, dialect };
  const found = floors.open(gun, undefined)?.verify(env);
  if (found === undefined) return [];
  const { root, timestamp, snapshot } = found.floor;
  const files = { root, timestamp, snapshot, targets: undefined };
  return TOP_LEVEL_ROLES.map((name) => {
    const role = roleOf(root, name);
    const file = files[name];
    return {
      role: parseRoleName(name),
      threshold: role.threshold,
      keys: [...usableKeys(role, root.content.keys, env)],
      seen: file && { version: file.content.version, expires: file.content.expires },
    };
  });
}

// What a server lets into targets and delegations: only what every client in the field reads alike (TUF 1.0.34 §4.5).

import { excerpt } from '../bytes/excerpt.ts';
import { isHex } from '../bytes/hex.ts';
import { FormatError, ReviewError } from '../errors.ts';
import type { Env } from '../formats/dialect.ts';
import type { DelegatedRole, KeyRing, Parsed, RoleKeys } from '../model/metadata.ts';
import { isPlainPattern } from '../names/match.ts';
import { parseOwnRoleName } from '../names/role-name.ts';
import { parseTargetPath } from '../names/target-path.ts';
import { checkSameRole } from '../trust/binding.ts';
import { usableKeys } from '../verify/count.ts';

const HASH_DIGITS: ReadonlyMap<string, number> = new Map([
  ['sha256', 64],
  ['sha512', 128],
]);

/**
 * Whose file this is, in its own words. Readers pass a file that names no role; who publishes here names it. Throws TrustError as
 * `checkSameRole` does, and ReviewError.
 */
export function reviewBinding(targets: Parsed<'targets'>, root: Parsed<'root'>): void {
  checkSameRole(targets, root);
  const { name, content } = targets;
  if (root.content.binding === undefined || content.binding?.role === name) return;
  throw new ReviewError('refused-upload', `${name} v${content.version}: wanted x-countersign.role ${name}, got none`);
}

/** Throws ReviewError: unsafe-name or impossible-role. */
export function reviewTargetsContent(targets: Parsed<'targets'>, env: Env): void {
  for (const [path, entry] of targets.content.targets) {
    named(path, parseTargetPath);
    for (const [algorithm, digest] of entry.hashes) {
      const digits = HASH_DIGITS.get(algorithm);
      if (digits === undefined || !isHex(digest, digits)) {
        throw new ReviewError('unsafe-name', `${excerpt(path)}: wanted sha256 or sha512 in lower-case hex, got ${excerpt(algorithm)}`);
      }
    }
  }
  for (const role of targets.content.delegations?.roles ?? []) reviewDelegation(role, targets.content.delegations?.keys ?? new Map(), env);
}

function reviewDelegation(role: DelegatedRole, keys: KeyRing, env: Env): void {
  named(role.name, parseOwnRoleName);
  reviewRoleKeys(role.name, role, keys, env);
  // Clients disagree on how they match hash prefixes, and on everything in a pattern but `*` and `?`.
  if (role.scope.by === 'hash')
    throw new ReviewError('unsafe-name', `${role.name}: path_hash_prefixes are read differently by different clients`);
  if (role.scope.patterns.length === 0) throw new ReviewError('impossible-role', `${role.name}: wanted at least one path, got none`);
  for (const pattern of role.scope.patterns) {
    if (!isPlainPattern(pattern)) {
      throw new ReviewError('unsafe-name', `${role.name}: clients read the pattern ${excerpt(pattern)} differently, only * and ? are safe`);
    }
  }
}

/** A threshold above the number of distinct usable keys can never be met: publishing it would end the repository. */
export function reviewRoleKeys(name: string, role: RoleKeys, keys: KeyRing, env: Pick<Env, 'crypto'>): void {
  for (const keyid of role.keyids) {
    const spelling = keys.get(keyid);
    if (spelling === undefined) throw new ReviewError('impossible-role', `${name}: key ${keyid.slice(0, 16)} is listed, but not given`);
    const opened = env.crypto.openKey(spelling);
    const reason = opened.status === 'unusable' ? opened.reason : opened.status === 'ready' ? opened.key.flaw?.() : undefined;
    if (reason !== undefined) throw new ReviewError('impossible-role', `${name}: key ${keyid.slice(0, 16)} cannot be used: ${reason}`);
  }
  const usable = usableKeys(role, keys, env).size;
  if (usable < role.threshold) {
    throw new ReviewError('impossible-role', `${name}: wanted ${role.threshold} signatures, but only ${usable} distinct keys can sign`);
  }
}

export function named(text: string, parse: (text: string) => unknown): void {
  try {
    parse(text);
  } catch (error) {
    if (error instanceof FormatError) throw new ReviewError('unsafe-name', error.message, { cause: error });
    throw error;
  }
}

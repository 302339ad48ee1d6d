// The keys of a top-level role, as a root names them.
import { FormatError } from '../errors.ts';
import type { Parsed, RoleKeys, TopLevelRole } from './metadata.ts';

export function roleOf(root: Parsed<'root'>, role: TopLevelRole): RoleKeys {
  const keys = root.content.roles.get(role);
  if (keys === undefined) throw new FormatError('malformed', `root v${root.content.version} names no keys for ${role}`);
  return keys;
}

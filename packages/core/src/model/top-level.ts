// The names of the four top-level roles, as role names.
import type { RoleName } from '../names/brand.ts';
import { parseRoleName } from '../names/role-name.ts';
import type { TopLevelRole } from './metadata.ts';

export const TOP_LEVEL_ROLES: readonly TopLevelRole[] = ['root', 'timestamp', 'snapshot', 'targets'];

export const ROOT: RoleName = parseRoleName('root');
export const TIMESTAMP: RoleName = parseRoleName('timestamp');
export const SNAPSHOT: RoleName = parseRoleName('snapshot');
export const TARGETS: RoleName = parseRoleName('targets');
/** The delegated role of a repository of ours in which released tags live. */
export const RELEASES: RoleName = parseRoleName('releases');
/**
 * What the hash bins of `releases` are called before their number. Every client reads a line for each of them with every snapshot: a
 * thousand bins cost seven kilobytes more under the name of the role.
 */
export const RELEASES_BINS = 'r';

export function isTopLevel(name: string): name is TopLevelRole {
  return name === 'root' || name === 'timestamp' || name === 'snapshot' || name === 'targets';
}

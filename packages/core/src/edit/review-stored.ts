// What a review asks of the store: the files that stand, and the versions that may follow.
import { ReviewError } from '../errors.ts';
import type { Env } from '../formats/dialect.ts';
import type { Parsed, RoleKind } from '../model/metadata.ts';
import { ROOT } from '../model/top-level.ts';
import type { RoleName, Version } from '../names/brand.ts';
import { askBytes } from './ask.ts';
import type { Review, ReviewHead } from './plan.ts';

/** A file that stands, parsed. A head that names a file the store does not have is damage, never absence. */
export function* storedFile<Kind extends RoleKind>(
  head: ReviewHead | undefined,
  name: RoleName,
  kind: Kind,
  env: Env,
): Review<Parsed<Kind> | undefined> {
  const standing = head?.files.get(name);
  if (standing === undefined) return undefined;
  const file = yield* askBytes({ need: 'stored', role: name, version: standing.version });
  if (file === undefined) throw new Error(`the store names ${name} v${standing.version}, but does not have it`);
  return env.dialect.parse(kind, name, file, env);
}

/**
 * Throws ReviewError: `conflict` when this version exists already (somebody else published first), `wrong-version` when it
 * leaves a gap: a fast-forward would lock publishers out.
 */
export function checkVersion(head: ReviewHead | undefined, name: RoleName, version: Version, env: Env): void {
  if (head?.versions === 'elsewhere') return;
  const standing = head?.files.get(name)?.version;
  if (env.dialect.mayFollow(name === ROOT ? 'root' : 'targets', standing, version)) return;
  const details = { role: name, current: standing ?? 0, uploaded: version };
  if (standing !== undefined && version <= standing) {
    throw new ReviewError('conflict', `${name} v${version} was uploaded, but v${standing} is published already`, { details });
  }
  throw new ReviewError('wrong-version', `${name} v${version} was uploaded, wanted v${(standing ?? 0) + 1}`, { details });
}

// Drafts as they arrive: from the server that keeps them, or from files that travelled. Bytes of strangers.
import { type Env, FormatError, type Parsed, ROOT, type RoleName, SNAPSHOT, TIMESTAMP } from '@countersign/core';

/** Drafts that belong together: keys that one of them brings may sign another. */
export type Drafts = ReadonlyMap<RoleName, readonly Uint8Array[]>;

/** Throws FormatError for what is too large or no file of this role. */
export function parseDraft(role: RoleName, file: Uint8Array, env: Env): Parsed<'root'> | Parsed<'targets'> {
  if (role === SNAPSHOT || role === TIMESTAMP)
    throw new FormatError('malformed', `${role} is signed by the server, no draft of it can wait`);
  const most = role === ROOT ? env.limits.rootBytes : env.limits.targetsBytes;
  if (file.length > most) throw new FormatError('too-large', `the draft of ${role} has ${file.length} bytes, at most ${most} are read`);
  return role === ROOT ? env.dialect.parse('root', role, file, env) : env.dialect.parse('targets', role, file, env);
}

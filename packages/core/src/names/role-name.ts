// Role names. Foreign repositories use whatever fits in a string (`?`, `../delegatedrole`, `/x`), which is harmless as
// long as a name is percent-encoded whole before it becomes part of a path. Ours are narrow, so that nobody has to think.
import { excerpt } from '../bytes/excerpt.ts';
import { FormatError } from '../errors.ts';
import type { RoleName } from './brand.ts';
import { hasControlCharacter, utf8Length } from './text.ts';

const LONGEST = 200;
const TOP_LEVEL: ReadonlySet<string> = new Set(['root', 'timestamp', 'snapshot', 'targets']);

/** Reads a role name as metadata may hold it: 1 to 200 bytes of UTF-8, no control characters. Throws FormatError `invalid-name`. */
export function parseRoleName(text: string): RoleName {
  const length = utf8Length(text);
  if (length === undefined || length < 1 || length > LONGEST || hasControlCharacter(text)) {
    throw new FormatError('invalid-name', `wanted a role name of 1 to ${LONGEST} bytes without control characters, got ${excerpt(text)}`);
  }
  return text as RoleName;
}

/**
 * Reads the name of a delegated role that a repository of ours may have: `[a-z0-9][a-z0-9_-]{0,63}` and none of the four
 * top-level names (TUF 1.0.34 §4.5: those are not delegated). Throws FormatError `invalid-name`.
 */
export function parseOwnRoleName(text: string): RoleName {
  if (TOP_LEVEL.has(text)) throw new FormatError('invalid-name', `role ${text} is a top-level role, wanted the name of a delegated one`);
  if (!/^[a-z0-9][a-z0-9_-]{0,63}$/.test(text)) {
    throw new FormatError('invalid-name', `wanted a role name of up to 64 characters a-z 0-9 _ -, got ${excerpt(text)}`);
  }
  return text as RoleName;
}

// Names as Notary v1 has them: wider for repositories, and for delegated roles a tree that is written into the name.
import { excerpt } from '../bytes/excerpt.ts';
import { FormatError } from '../errors.ts';
import type { Gun, RoleName } from './brand.ts';
import { hasControlCharacter, utf8Length } from './text.ts';

const LONGEST = 255;

/**
 * Reads the name of a repository that a Notary client may ask for: 1 to 255 bytes of UTF-8, upper case and spaces included. Its router
 * takes anything but `*`; what could be read as another path, or ends a line, is refused here all the same. Throws FormatError
 * `invalid-name`.
 */
export function parseNotaryGun(text: string): Gun {
  const length = utf8Length(text);
  const segments = text.split('/', LONGEST + 1);
  const strange = /[*\\]/.test(text) || hasControlCharacter(text) || segments.some((part) => part === '' || part === '.' || part === '..');
  if (length === undefined || length < 1 || length > LONGEST || strange)
    throw new FormatError(
      'invalid-name',
      `wanted a repository name of 1 to ${LONGEST} bytes like registry.example.com/team/app, got ${excerpt(text)}`,
    );
  return text as Gun;
}

const TOP_LEVEL: ReadonlySet<string> = new Set(['root', 'timestamp', 'snapshot', 'targets']);
const PREFIX = 'targets/';

/**
 * Reads a role of a Notary repository: one of the four, or `targets/` and path segments of `a-z 0-9 - _`, less than 256 bytes in all
 * (its `data.ValidRole`). Throws FormatError `invalid-name`.
 */
export function parseNotaryRoleName(text: string): RoleName {
  if (TOP_LEVEL.has(text)) return text as RoleName;
  if (text.length <= LONGEST && /^targets(?:\/[-a-z0-9_]+)+$/.test(text)) return text as RoleName;
  throw new FormatError(
    'invalid-name',
    `wanted a role like ${PREFIX}releases of up to ${LONGEST} characters a-z 0-9 _ - /, got ${excerpt(text)}`,
  );
}

/**
 * The delegated role that people mean: with `targets/` or without it, as docker's command line has names of signers. Throws FormatError
 * `invalid-name`, also for the four.
 */
export function notaryRoleCalled(text: string): RoleName {
  if (TOP_LEVEL.has(text)) throw new FormatError('invalid-name', `role ${text} is a top-level role, wanted the name of a delegated one`);
  return parseNotaryRoleName(text.startsWith(PREFIX) ? text : `${PREFIX}${text}`);
}

/** The role that alone may delegate to this one: the name up to its last slash. */
export const notaryParent = (role: RoleName): RoleName => role.slice(0, role.lastIndexOf('/')) as RoleName;

// The challenge of Docker's token authentication: where to fetch a token, for which service and scope, and what was wrong with the one
// that came. Names of repositories stand in it, so it is quoted as Go quotes: a newline in a name must not begin a header of its own.

import type { TokenSettings } from '../notary-config/settings.ts';
import type { Problem } from '../rights.ts';
import { scopeText, type Wanted } from './wanted.ts';

const ERRORS: Readonly<Record<Problem, string>> = {
  'no-credentials': '',
  'unknown-credentials': ',error="invalid_token"',
  'not-enough': ',error="insufficient_scope"',
};

/** The value of `WWW-Authenticate`: UTF-8, one character for each byte, as node:http writes headers. */
export function tokenChallenge({ realm, service }: TokenSettings, wanted: readonly Wanted[], problem: Problem): string {
  const text = `Bearer realm=${quoted(realm)},service=${quoted(service)},scope=${quoted(scopeText(wanted))}${ERRORS[problem]}`;
  return Buffer.from(text, 'utf8').toString('latin1');
}

const SHORT: ReadonlyMap<string, string> = new Map([
  ['"', '\\"'],
  ['\\', '\\\\'],
  ['\x07', '\\a'],
  ['\b', '\\b'],
  ['\f', '\\f'],
  ['\n', '\\n'],
  ['\r', '\\r'],
  ['\t', '\\t'],
  ['\v', '\\v'],
]);

/** Go's `%q`: quotes, backslashes and whatever is not printable are escaped; the space is the one blank that stands as it is. */
const quoted = (text: string): string => `"${text.replace(/["\\]|(?! )[\p{C}\p{Z}]/gu, escaped)}"`;

function escaped(character: string): string {
  const short = SHORT.get(character);
  if (short !== undefined) return short;
  const point = character.codePointAt(0) ?? 0;
  const hex = (digits: number): string => point.toString(16).padStart(digits, '0');
  if (point < 0x80) return `\\x${hex(2)}`;
  return point <= 0xffff ? `\\u${hex(4)}` : `\\U${hex(8)}`;
}

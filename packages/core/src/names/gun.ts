// The name of a repository of ours: what an OCI registry accepts, and nothing that a URL, a path or another client
// could read in a second way.
import { excerpt } from '../bytes/excerpt.ts';
import { FormatError } from '../errors.ts';
import type { Gun } from './brand.ts';

const LONGEST = 255;
// OCI distribution-spec 1.1, "name": separators never touch each other, so the match is unambiguous and linear.
const COMPONENT = /^[a-z0-9]+(?:(?:\.|__?|-+)[a-z0-9]+)*$/;
const HOST = /^[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)*(?::([1-9][0-9]{0,4}))?$/;

/**
 * Reads `registry.example.com:5000/team/app` or a collection of files, `files/tools`: lower-case path components, the
 * first of which may be a host with a port when others follow; at most 255 bytes. Throws FormatError `invalid-name`.
 */
export function parseGun(text: string): Gun {
  const [first = '', ...rest] = text.split('/', LONGEST + 1);
  const wellFormed =
    text.length <= LONGEST && (COMPONENT.test(first) || (rest.length > 0 && isHost(first))) && rest.every((part) => COMPONENT.test(part));
  if (!wellFormed)
    throw new FormatError('invalid-name', `wanted a repository name like registry.example.com/team/app, got ${excerpt(text)}`);
  return text as Gun;
}

function isHost(text: string): boolean {
  const match = HOST.exec(text);
  return match !== null && Number(match[1] ?? 0) <= 65535;
}

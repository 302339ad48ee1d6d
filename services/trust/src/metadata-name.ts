// From the path of a request to the file it asks for. Names are decoded once, and nothing that decodes to a slash is let through:
// what a proxy in front took for one segment must not become two here.
import { excerpt, FormatError, type Gun, parseGun, parseRoleName, parseVersion, type RoleName, type Version } from '@countersign/core';

/** A file of a repository: the newest of a role, or one by version or by the SHA-256 of its bytes in hex. */
export interface MetadataName {
  readonly gun: Gun;
  readonly role: RoleName;
  readonly at:
    | { readonly by: 'newest' }
    | { readonly by: 'version'; readonly version: Version }
    | { readonly by: 'sha256'; readonly hex: string };
}

const BASE = '/_trust/metadata/';
const FILE = /^(?:([1-9][0-9]{0,14})\.)?([a-z0-9][a-z0-9_-]{0,63})(?:\.([0-9a-f]{64}))?\.json$/;

/**
 * Reads `/v2/GUN/_trust/metadata/FILE.json`. `other`: another address. `none`: a file that no repository can have. Throws
 * FormatError(`invalid-name`) for names that are no GUN.
 */
export function readMetadataPath(path: string): MetadataName | 'other' | 'none' {
  const base = path.lastIndexOf(BASE);
  if (base < 0 || !path.startsWith('/v2/') || !path.endsWith('.json')) return 'other';
  const gun = readGunPath(path.slice('/v2/'.length, base));
  const [, version, role = '', hex] = FILE.exec(decoded(path.slice(base + BASE.length))) ?? [];
  if (role === '' || (version !== undefined && hex !== undefined)) return 'none';
  return { gun, role: parseRoleName(role), at: whichOf(version, hex) };
}

/** A GUN as it stands in a path, of the grammar that `parse` reads. Throws FormatError(`invalid-name`). */
export function readGunPath(raw: string, parse: (text: string) => Gun = parseGun): Gun {
  if (/%2f|%5c/i.test(raw)) throw new FormatError('invalid-name', `wanted slashes as they are in a name, got ${excerpt(raw)}`);
  return parse(decoded(raw));
}

function decoded(raw: string): string {
  if (!raw.includes('%')) return raw;
  try {
    return decodeURIComponent(raw);
  } catch (cause) {
    if (!(cause instanceof URIError)) throw cause;
    throw new FormatError('invalid-name', `wanted percent-encoded UTF-8, got ${excerpt(raw)}`, { cause });
  }
}

function whichOf(version: string | undefined, hex: string | undefined): MetadataName['at'] {
  if (version !== undefined) return { by: 'version', version: parseVersion(Number(version), 'version') };
  return hex === undefined ? { by: 'newest' } : { by: 'sha256', hex };
}

// The addresses of Notary v1, and what each asks for. They are matched on the decoded path (`a%2Fb` is `a/b`), and a name takes as much
// of it as it can, `_trust/tuf` included: that is how the clients' own server reads them, and their names hold whatever they like.
import { cleanPath, decodedPath } from './clean-path.ts';

/** Which file of a role: the newest, or one by version or by the SHA-256 of its bytes in hex. */
export type Which =
  | { readonly by: 'newest' }
  | { readonly by: 'version'; readonly version: number }
  | { readonly by: 'sha256'; readonly hex: string };

/** `gun` and `role` are as they stood there, and may be nobody's. */
export type NotaryAddress =
  | { readonly of: 'ping' | 'health' | 'changefeed' | 'nothing' }
  | { readonly of: 'upload' | 'deletion' | 'changes'; readonly gun: string }
  | { readonly of: 'key'; readonly gun: string; readonly role: 'snapshot' | 'timestamp'; readonly turn: 'current' | 'next' }
  | { readonly of: 'file'; readonly gun: string; readonly role: string; readonly at: Which }
  /** Another spelling of a path: a redirect, as clients know it. */
  | { readonly of: 'moved'; readonly to: string };

const NOTHING = { of: 'nothing' } as const;

/** `path` as it came, without a query. */
export function readNotaryAddress(method: string, path: string): NotaryAddress {
  const decoded = decodedPath(path);
  if (decoded === undefined) return NOTHING;
  const clean = cleanPath(decoded);
  if (clean !== decoded) return { of: 'moved', to: encodeURI(clean).replace(/[?#]/g, encodeURIComponent) };
  if (method === 'GET' || method === 'HEAD') {
    // What every client and every probe may ask in either way.
    if (decoded === '/v2/' || decoded === '/v2') return { of: 'ping' };
    if (decoded === '/_notary_server/health') return { of: 'health' };
  }
  if (method === 'GET' && decoded === '/v2/_trust/changefeed') return { of: 'changefeed' };
  if (!decoded.startsWith('/v2/') || decoded.includes('*')) return NOTHING;
  return ofRepository(method, decoded.slice('/v2/'.length));
}

const BASE = '/_trust/tuf/';
const FEED = '/_trust/changefeed';
// No role, version and digest together are longer.
const LONGEST_FILE = 512;

function ofRepository(method: string, path: string): NotaryAddress {
  if (method === 'GET' && path.endsWith(FEED)) return { of: 'changes', gun: path.slice(0, -FEED.length) };
  // From the last `_trust/tuf` on backwards: the name is as long as what follows allows.
  for (let at = path.lastIndexOf(BASE); at > 0 && path.length - at < LONGEST_FILE; at = path.lastIndexOf(BASE, at - 1)) {
    const found = belowRepository(method, path.slice(0, at), path.slice(at + BASE.length));
    if (found !== undefined) return found;
  }
  return NOTHING;
}

const KEY = /^(snapshot|timestamp)\.key$/;
const ROLE = '(root|targets(?:/[^/\\s]+)*|snapshot|timestamp)';
const BY_HASH = new RegExp(`^${ROLE}\\.([a-fA-F0-9]{64}|[a-fA-F0-9]{96}|[a-fA-F0-9]{128})\\.json$`);
const BY_VERSION = new RegExp(`^([0-9]{1,128})\\.${ROLE}\\.json$`);
const NEWEST = new RegExp(`^${ROLE}\\.json$`);

function belowRepository(method: string, gun: string, rest: string): NotaryAddress | undefined {
  if (rest === '') {
    if (method === 'POST') return { of: 'upload', gun };
    return method === 'DELETE' ? { of: 'deletion', gun } : undefined;
  }
  const key = KEY.exec(rest)?.[1];
  if (key !== undefined && (method === 'GET' || method === 'POST')) {
    return { of: 'key', gun, role: key === 'snapshot' ? key : 'timestamp', turn: method === 'GET' ? 'current' : 'next' };
  }
  if (method !== 'GET') return undefined;
  const [, hashed, hex] = BY_HASH.exec(rest) ?? [];
  if (hashed !== undefined && hex !== undefined) return { of: 'file', gun, role: hashed, at: { by: 'sha256', hex } };
  const [, version, versioned] = BY_VERSION.exec(rest) ?? [];
  if (versioned !== undefined) return { of: 'file', gun, role: versioned, at: { by: 'version', version: Number(version) } };
  const newest = NEWEST.exec(rest)?.[1];
  return newest === undefined ? undefined : { of: 'file', gun, role: newest, at: { by: 'newest' } };
}

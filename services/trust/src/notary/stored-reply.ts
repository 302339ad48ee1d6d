// Stored metadata as clients of Notary, and the caches before them, are given it.
import { openAccess } from '../access.ts';
import type { Reply } from '../reply.ts';
import type { World } from '../world.ts';

const ANY_PAGE = { 'Access-Control-Allow-Origin': '*', 'X-Content-Type-Options': 'nosniff' };

/** The type that Go's server gives to whatever it cannot tell, and that its clients ignore. Nothing of it runs as a page. */
const PLAIN: Reply['headers'] = { 'Content-Type': 'text/plain; charset=utf-8', ...ANY_PAGE };

/**
 * The bytes as they are. There is no tag on purpose: clients take 200 alone for success, and no cache in between should come to think
 * of anything else.
 */
export function notaryStoredReply(body: Uint8Array, kind: 'current' | 'consistent', modified: number | undefined, world: World): Reply {
  const time = modified === undefined ? {} : { 'Last-Modified': new Date(modified).toUTCString() };
  return { status: 200, headers: { ...PLAIN, ...cacheHeaders(kind, world), ...time }, body };
}

function cacheHeaders(kind: 'current' | 'consistent', { notary, access }: World): Readonly<Record<string, string>> {
  const age = notary.maxAges[kind];
  if (age === 0) return { 'Cache-Control': 'max-age=0, no-cache, no-store', Pragma: 'no-cache' };
  const again = kind === 'current' ? ', must-revalidate' : '';
  // `public` and `s-maxage` let a shared cache give to others what was asked for with credentials (RFC 9111 §3.5).
  if (access !== openAccess) return { 'Cache-Control': `private, max-age=${age}${again}` };
  return { 'Cache-Control': `public, max-age=${age}, s-maxage=${age}${again}` };
}

/** Answers that are made anew each time. */
export function notaryTextReply(text: string, type: Readonly<Record<string, string>> = PLAIN): Reply {
  return { status: 200, headers: { ...type, 'Cache-Control': 'no-cache' }, body: Buffer.from(text) };
}

export const JSON_TYPE: Reply['headers'] = { 'Content-Type': 'application/json; charset=utf-8', ...ANY_PAGE };

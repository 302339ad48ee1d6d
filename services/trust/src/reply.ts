// What a handler answers with: plain data, which the edge writes.
import { STATUS_CODES } from 'node:http';

export interface Reply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
  /** In place of `body`: written as it comes, and cut off where it fails. */
  readonly stream?: AsyncIterable<Uint8Array>;
  /** Facts for the log line of a write. */
  readonly facts?: Readonly<Record<string, unknown>>;
}

const NOTHING = new Uint8Array(0);
const NOT_KEPT = { 'Cache-Control': 'no-cache' };

export function bytesReply(contentType: string, body: Uint8Array): Reply {
  return { status: 200, headers: { 'Content-Type': contentType, ...NOT_KEPT, ...READ_HEADERS }, body };
}

export function textReply(contentType: string, text: string): Reply {
  return bytesReply(contentType, Buffer.from(text));
}

/** For those who may push, and for no page and no cache. */
export function privateReply(body: Uint8Array, facts?: Readonly<Record<string, unknown>>): Reply {
  const headers = { 'Content-Type': 'application/json', 'Cache-Control': 'no-store', 'X-Content-Type-Options': 'nosniff' };
  return { status: 200, headers, body, ...(facts === undefined ? {} : { facts }) };
}

/** For administrators alone, of any length. */
export function streamReply(contentType: string, stream: AsyncIterable<Uint8Array>, facts: Readonly<Record<string, unknown>>): Reply {
  const headers = { 'Content-Type': contentType, 'Cache-Control': 'no-store', 'X-Content-Type-Options': 'nosniff' };
  return { status: 200, headers, body: NOTHING, stream, facts };
}

const DAYS_365 = 31_536_000;

/** Every read may be done by pages of any site; nothing in a reply is ever run or shown as a page. */
const READ_HEADERS = { 'Access-Control-Allow-Origin': '*', 'X-Content-Type-Options': 'nosniff' };

/**
 * Stored bytes. `fixed`: of one version or digest, so they never change. `current`: the newest, which a cache may hold for a moment.
 * Neither says `public`, `s-maxage` or `must-revalidate`: with credentials in the request, those would let a shared cache give the
 * answer to others (RFC 9111 §3.5).
 */
export function storedReply(body: Uint8Array, sha256: string, kind: 'fixed' | 'current'): Reply {
  const headers = {
    'Content-Type': 'application/json',
    ETag: `"${sha256}"`,
    'Cache-Control': kind === 'fixed' ? `max-age=${DAYS_365}, immutable` : 'max-age=10',
    ...READ_HEADERS,
  };
  return { status: 200, headers, body };
}

/** What a 304 repeats of a 200 (RFC 9110 §15.4.5). */
export function unchangedHeaders({ headers }: Reply): Readonly<Record<string, string>> {
  const { 'Content-Type': _, ...kept } = headers;
  return kept;
}

/** Whether `If-None-Match` names this tag (RFC 9110 §13.1.2: compared weakly). */
export function isUnchanged(header: string | undefined, tag: string | undefined): boolean {
  if (header === undefined || tag === undefined) return false;
  if (header === tag || header === '*') return true;
  return header.includes(',') || header.startsWith('W/')
    ? header.split(',').some((part) => part.trim().replace(/^W\//, '') === tag)
    : false;
}

/** 200 without a body: clients of the Notary protocol take no other status for success. */
export function emptyReply(facts: Readonly<Record<string, unknown>>): Reply {
  return { status: 200, headers: NOT_KEPT, body: NOTHING, facts };
}

/** RFC 9457 with our stable `code`. A warm client meets one with every refresh (there is no newer root), so it stays small. */
export function problemReply(status: number, code: string, detail: string, headers: Readonly<Record<string, string>> = {}): Reply {
  const problem = { type: 'about:blank', title: STATUS_CODES[status] ?? 'Error', status, code, detail: detail.slice(0, LONGEST_DETAIL) };
  return {
    status,
    headers: { 'Content-Type': 'application/problem+json', ...NOT_KEPT, ...READ_HEADERS, ...headers },
    body: Buffer.from(JSON.stringify(problem)),
  };
}

const LONGEST_DETAIL = 400;

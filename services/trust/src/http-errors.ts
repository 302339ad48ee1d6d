// The one table from error codes to HTTP statuses. What is not in it is a mistake of this program: 500, and no word about it outside.
import { CountersignError, type FormatCode, type ReviewCode, type TrustCode } from '@countersign/core';
import type { StoreCode } from '@countersign/store';
import { RETRY_AFTER } from './condition.ts';
import { type RequestCode, RequestError } from './errors.ts';
import { problemReply, type Reply } from './reply.ts';

type Answered = RequestCode | FormatCode | TrustCode | ReviewCode | Extract<StoreCode, 'claimed' | 'version' | 'failed' | 'closed'>;

const STATUS: Readonly<Record<Answered, number>> = {
  // of a request
  'not-found': 404,
  'method-not-allowed': 405,
  auth: 401,
  forbidden: 403,
  'wrong-host': 421,
  'foreign-origin': 403,
  'invalid-parameters': 400,
  'unsupported-encoding': 415,
  'too-many-headers': 431,
  'restored-store': 503,
  unavailable: 503,
  'signer-unavailable': 503,
  'signer-refused': 503,
  'rate-limited': 429,
  busy: 503,
  internal: 500,
  // of bytes
  malformed: 400,
  'too-large': 413,
  'invalid-name': 400,
  // of trust: well formed, and not to be believed
  signature: 422,
  clock: 422,
  rollback: 422,
  mismatch: 422,
  'untrusted-root': 422,
  'wrong-repository': 422,
  equivocation: 422,
  missing: 422,
  unsigned: 422,
  revoked: 422,
  'wrong-kind': 422,
  policy: 422,
  'strange-draft': 422,
  limit: 422,
  expired: 422, // an upload that has expired; a server that cannot sign anew answers 503, below
  // of a review
  conflict: 409,
  'wrong-version': 409,
  'foreign-metadata': 409,
  'needs-old-root': 409,
  'other-draft': 409,
  'refused-upload': 400,
  'unknown-role': 400,
  'impossible-role': 400,
  'unsafe-name': 400,
  'server-key': 400,
  'orphaned-role': 400,
  // of the store
  claimed: 409,
  version: 409,
  failed: 503,
  closed: 503,
};

const STATUSES: ReadonlyMap<string, number> = new Map(Object.entries(STATUS));

/** The status of a code, and 500 for every code that is not meant for those outside. */
function statusOf(error: CountersignError): number {
  if (error instanceof RequestError && error.code === 'expired') return 503;
  return STATUSES.get(error.code) ?? 500;
}

const STORE_GONE = 'the store of this server cannot be used at this moment; its log says why';

/** Tells a caller why. The text of an error that is not meant for outside stays in the log: it may name paths and addresses. */
export function problemOf(error: unknown): Reply {
  const status = error instanceof CountersignError ? statusOf(error) : 500;
  if (!(error instanceof CountersignError) || status === 500) {
    return problemReply(500, 'internal', 'this server made a mistake; its log says more');
  }
  const headers = error instanceof RequestError ? headersOf(error) : {};
  // What a store says when it cannot be used names the disk, or the address of the database.
  const detail = status === 503 && error.name === 'StoreError' ? STORE_GONE : error.message;
  return problemReply(status, error.code, detail, status === 503 ? { 'Retry-After': RETRY_AFTER, ...headers } : headers);
}

function headersOf({ details }: RequestError): Readonly<Record<string, string>> {
  const { headers } = details;
  if (typeof headers !== 'object' || headers === null) return {};
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)]));
}

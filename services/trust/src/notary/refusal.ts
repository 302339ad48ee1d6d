// Why a request is refused, as clients of Notary v1 read it: one error in an envelope. They know the statuses 200, 400, 401 and 404,
// show the text of a validation error, and read no more than 1024 bytes.
import { CountersignError } from '@countersign/core';
import { RETRY_AFTER } from '../condition.ts';
import { RequestError } from '../errors.ts';
import type { Reply } from '../reply.ts';
import { updateDetail } from './update-detail.ts';

const WORDS = {
  METADATA_NOT_FOUND: [404, 'You have requested metadata that does not exist.'],
  INVALID_GUN: [400, 'The server does not support actions on images of this name.'],
  MALFORMED_UPLOAD: [400, 'The body of your request is malformed.'],
  NO_FILENAME: [400, 'No file/role name provided.'],
  INVALID_ROLE: [400, 'The role you are attempting to operate on is invalid.'],
  MALFORMED_JSON: [400, 'JSON sent by the client could not be parsed by the server'],
  INVALID_UPDATE: [400, 'Update sent by the client is invalid.'],
  VERSION: [400, 'A newer version of metadata is already available.'],
  INVALID_PARAMETERS: [400, 'The parameters provided are not valid.'],
  DENIED: [403, 'requested access to the resource is denied'],
  UNKNOWN: [500, 'unknown error'],
} as const;

export type NotaryCode = keyof typeof WORDS;

/** A refusal in Notary's words; `text` is for our log. */
export function notaryRefusal(notary: NotaryCode, text: string, detail?: unknown): RequestError {
  const code = notary === 'METADATA_NOT_FOUND' ? 'not-found' : notary === 'INVALID_PARAMETERS' ? 'invalid-parameters' : 'malformed';
  return new RequestError(code, text, { details: { notary, ...(detail === undefined ? {} : { detail }) } });
}

/** A refusal whose whole reply somebody else wrote: of credentials. */
export const refusedWith = (reply: Reply): RequestError =>
  new RequestError('auth', 'no credentials for this, or unknown ones', { details: { reply } });

/** The reply that tells a client of Notary why. What is not meant for outside stays in the log. */
export function notaryProblemOf(error: unknown): Reply {
  if (!(error instanceof CountersignError)) return envelope('UNKNOWN', {});
  if (isReply(error.details['reply'])) return error.details['reply'];
  const named = error.details['notary'];
  if (isNotaryCode(named)) return envelope(named, error.details['detail']);
  if (error instanceof RequestError) return ofRequest(error);
  // A store that was overtaken, or holds this version with other bytes, says what a review says of an old one.
  if (error.code === 'conflict' || error.code === 'version') return envelope('VERSION', {});
  if (error.name === 'StoreError') return envelope('UNKNOWN', {}, 503, { 'Retry-After': RETRY_AFTER });
  if (!JUDGED.has(error.name)) return envelope('UNKNOWN', {});
  return envelope('INVALID_UPDATE', updateDetail(error));
}

const JUDGED: ReadonlySet<string> = new Set(['ReviewError', 'TrustError', 'FormatError']);

function ofRequest(error: RequestError): Reply {
  switch (error.code) {
    case 'not-found':
      return envelope('METADATA_NOT_FOUND', {});
    case 'malformed':
      return envelope('MALFORMED_UPLOAD');
    case 'too-large':
    case 'unsupported-encoding':
      return envelope('MALFORMED_UPLOAD', error.message);
    case 'too-many-headers':
      return envelope('UNKNOWN', {}, 431);
    case 'invalid-parameters':
      return envelope('INVALID_PARAMETERS', error.message);
    case 'foreign-origin':
      return envelope('DENIED', error.message);
    case 'rate-limited':
      return envelope('UNKNOWN', {}, 429, retryOf(error));
    case 'internal':
      return envelope('UNKNOWN', {});
    default:
      return envelope('UNKNOWN', {}, 503, { 'Retry-After': error.code === 'busy' ? '1' : RETRY_AFTER });
  }
}

function retryOf({ details: { headers } }: RequestError): Reply['headers'] {
  const after = typeof headers === 'object' && headers !== null && 'Retry-After' in headers ? headers['Retry-After'] : RETRY_AFTER;
  return { 'Retry-After': String(after) };
}

function envelope(code: NotaryCode, detail?: unknown, status: number = WORDS[code][0], headers: Reply['headers'] = {}): Reply {
  const body = JSON.stringify({ errors: [{ code, message: WORDS[code][1], ...(detail === undefined ? {} : { detail }) }] });
  return {
    status,
    headers: {
      'Content-Type': 'application/json; charset=utf-8',
      'Cache-Control': 'no-cache',
      'Access-Control-Allow-Origin': '*',
      ...headers,
    },
    body: Buffer.from(`${body}\n`),
  };
}

const isNotaryCode = (value: unknown): value is NotaryCode => typeof value === 'string' && Object.hasOwn(WORDS, value);

const isReply = (value: unknown): value is Reply => typeof value === 'object' && value !== null && 'status' in value && 'body' in value;

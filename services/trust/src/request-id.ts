// The name of one request in logs, here and at whoever sent it: what a proxy in front gave, or one of our own.
import { randomBytes } from 'node:crypto';
import type { IncomingMessage } from 'node:http';

const WELL_FORMED = /^[A-Za-z0-9][A-Za-z0-9._-]{7,63}$/;

/** Anything that is not plain and short is replaced: it goes into log lines and back into an answer. */
export function requestId({ headers }: IncomingMessage): string {
  const given = headers['x-request-id'];
  return typeof given === 'string' && WELL_FORMED.test(given) ? given : randomBytes(12).toString('hex');
}

// Whom a request is counted for: the account behind credentials that are good, and the address for everybody else. Credentials that nobody
// has looked at tell nothing: who invents new ones for each request would have a new bucket for each.
import type { IncomingMessage } from 'node:http';
import type { Instant } from '@countersign/core';
import type { Access } from './access.ts';

/**
 * Looks at the credentials, where that was not done before. Many who share one address (behind a NAT, or a proxy) hence pay for no stranger among them
 * as long as they bring good ones.
 */
export async function bucketOf(request: IncomingMessage, access: Access, now: Instant): Promise<string> {
  const { authorization } = request.headers;
  const known = access.recall(authorization, now) ?? (await access.identify(authorization, now));
  return known?.account ?? addressOf(request);
}

/** The same, once the request was answered: by then good credentials are known. */
export function bucketAfter(request: IncomingMessage, access: Access, now: Instant): string {
  return access.recall(request.headers.authorization, now)?.account ?? addressOf(request);
}

const addressOf = ({ socket }: IncomingMessage): string => networkOf(socket.remoteAddress ?? '');

/** An address as it is counted: whoever has one of IPv6 has the 2^64 beside it. */
export function networkOf(address: string): string {
  const mapped = /^::ffff:([0-9.]+)$/i.exec(address)?.[1];
  if (mapped !== undefined || !address.includes(':')) return mapped ?? address;
  const [before = '', after] = address.split('::');
  const groups = before === '' ? [] : before.split(':');
  const left = after === undefined ? 0 : 8 - groups.length - after.split(':').length;
  return [...groups, ...Array(Math.max(0, left)).fill('0'), ...(after ?? '').split(':')].slice(0, 4).join(':');
}

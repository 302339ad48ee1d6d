// Browsers as a way in: a page that somebody visits can reach a server on their machine or in their network. Reads are open to
// all pages; writes are for none of them, and no name but ours leads here (DNS rebinding).
import type { IncomingHttpHeaders } from 'node:http';
import { RequestError } from './errors.ts';

export interface Hosts {
  allows(header: string | undefined): boolean;
}

const LOOPBACK = ['localhost', '127.0.0.1', '[::1]'];
const REMEMBERED = 64;

/** The names under which a server may be asked, without ports: those of this machine, and `names`. */
export function allowedHosts(names: readonly string[]): Hosts {
  const allowed = new Set([...LOOPBACK, ...names].map((name) => name.toLowerCase()));
  const seen = new Set<string>();
  return {
    allows(header) {
      if (header === undefined) return false;
      if (seen.has(header)) return true;
      const name = /^(\[[0-9a-f:.]+\]|[a-z0-9.-]+?)\.?(?::[0-9]{1,5})?$/.exec(header.toLowerCase())?.[1];
      if (name === undefined || !allowed.has(name)) return false;
      if (seen.size < REMEMBERED) seen.add(header);
      return true;
    },
  };
}

/** Throws RequestError(`wrong-host`). */
export function checkHost(hosts: Hosts, headers: IncomingHttpHeaders): void {
  if (!hosts.allows(headers.host))
    throw new RequestError('wrong-host', 'the Host header names another server; whoever runs this one allows names with --allow-host');
}

/** For writes. Throws RequestError(`foreign-origin`). Programs send neither header; a browser sends at least one and cannot be told not to. */
export function checkOrigin(headers: IncomingHttpHeaders): void {
  const site = headers['sec-fetch-site'];
  const origin = headers.origin;
  const fetched = site === undefined || site === 'same-origin' || site === 'none';
  const ours = origin === undefined || origin === `http://${headers.host}` || origin === `https://${headers.host}`;
  if (!fetched || !ours) throw new RequestError('foreign-origin', 'a page of another site may not write here');
}

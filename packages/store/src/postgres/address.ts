// Where the database is. The address holds a password, so nothing but this file puts any part of it into a message.
import { StoreError } from '../errors.ts';

export interface Address {
  /** As it was given: for the driver alone. */
  readonly url: string;
  /** Hosts and database, as messages and logs may show them. */
  readonly shown: string;
  /** Several hosts are asked in turn, and only one that takes writes is taken. */
  readonly hosts: number;
}

/**
 * Reads `postgres://USER:PASSWORD@HOST:PORT,HOST:PORT/DATABASE?…`.
 *
 * @throws StoreError `invalid`, which does not repeat what it was given
 */
export function readAddress(url: string): Address {
  const found = /^postgres(?:ql)?:\/\/(?:[^/?#]*@)?([A-Za-z0-9.,:[\]_-]+)\/([^/?#]+)(?:\?[^#]*)?$/.exec(url);
  const [, hosts = '', database = ''] = found ?? [];
  if (!found || !isUrl(url, hosts)) {
    throw new StoreError('invalid', 'wanted an address like postgres://USER:PASSWORD@HOST:PORT/DATABASE, got something else (not shown)');
  }
  return { url, shown: `${hosts}/${database}`, hosts: hosts.split(',').length };
}

/** True for what `readAddress` reads. */
export function isDatabaseAddress(url: string): boolean {
  try {
    readAddress(url);
    return true;
  } catch {
    return false;
  }
}

// The driver reads addresses with `URL`, whose errors repeat what they read.
const isUrl = (url: string, hosts: string): boolean => URL.canParse(url.replace(hosts, hosts.split(',')[0] ?? ''));

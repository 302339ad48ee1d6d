// The names that a server lists, page by page. A list is a claim: a server may leave names out, and every name on it is verified
// like any other before anything is believed.
import { FormatError, type Gun, memberArray, memberInteger, optionalMemberString, parseGun, readJson } from '@countersign/core';
import { asObject } from './strict-members.ts';

const PAGE = 1000;
const MOST = 100_000;
const LONGEST_PAGE = 1024 * 1024;

/** `ask` answers with the body for a query. Throws FormatError for a list that is none, or that does not end. */
export async function listRepositories(ask: (query: string, maxLength: number) => Promise<Uint8Array>): Promise<readonly Gun[]> {
  const names = new Set<Gun>();
  let after: string | undefined;
  do {
    const query = `?limit=${PAGE}${after === undefined ? '' : `&after=${encodeURIComponent(after)}`}`;
    const page = asObject(readJson(await ask(query, LONGEST_PAGE), { maxDepth: 4 }).value, 'list of repositories');
    if (memberInteger(page, 'schema', 'list of repositories') !== 1) throw endless('wanted schema 1');
    const before = names.size;
    for (const name of memberArray(page, 'repositories', 'list of repositories')) {
      if (typeof name !== 'string') throw endless('wanted names');
      names.add(parseGun(name));
    }
    after = optionalMemberString(page, 'next', 'list of repositories');
    // A server that repeats itself, or has no end, must not keep anybody busy for ever.
    if (after !== undefined && (names.size === before || names.size > MOST)) throw endless('it does not end');
  } while (after !== undefined);
  return [...names];
}

const endless = (why: string): FormatError => new FormatError('malformed', `list of repositories: ${why}`);

// The tags of a repository, page by page. A registry that always has another page must not keep us for ever.
import { FormatError, isJsonObject, memberArray, parseTag, readJson } from '@countersign/core';
import type { HttpReply } from '@countersign/http';
import type { Purpose } from './authorize.ts';
import { RegistryError, statusError } from './errors.ts';
import type { Ask, Session } from './session.ts';

const LONGEST_PAGE = 4 * 1024 * 1024;
const MOST_PAGES = 100;

function readTags(what: string, reply: HttpReply): readonly string[] {
  try {
    const { value } = readJson(reply.body, { maxDepth: 16 });
    if (!isJsonObject(value)) throw new FormatError('malformed', 'wanted an object');
    if (value.get('tags') === null) return []; // how Go's registries spell an empty list
    return memberArray(value, 'tags', 'tag list').map((tag) => parseTag(String(tag)));
  } catch (error) {
    if (error instanceof FormatError) throw new RegistryError('bad-reply', `${what}: its list of tags cannot be read`, { cause: error });
    throw error;
  }
}

/** The next page, if `reply` names one (RFC 8288). It must be on the same server. */
function nextPage(what: string, reply: HttpReply): Ask['where'] | undefined {
  const [, target] = /^<([^>]*)>\s*;\s*rel="?next"?/.exec(reply.headers.get('link') ?? '') ?? [];
  if (target === undefined) return undefined;
  const url = URL.canParse(target, reply.url.href) ? new URL(target, reply.url) : undefined;
  if (url?.origin !== reply.url.origin) throw new RegistryError('bad-reply', `${what}: its next page of tags is on another server`);
  return { url, referral: { url: reply.url, address: reply.address } };
}

/** Every tag, in the registry's order. */
export async function listTags(session: Session, purpose: Purpose): Promise<readonly string[]> {
  const what = `${purpose.host}/${purpose.repository}`;
  const tags: string[] = [];
  let where: Ask['where'] | undefined = `/v2/${purpose.repository}/tags/list`;
  for (let page = 0; where !== undefined; page++) {
    if (page === MOST_PAGES) throw new RegistryError('bad-reply', `${what}: wanted at most ${MOST_PAGES} pages of tags`);
    const reply: HttpReply = await session({ purpose, method: 'GET', where, maxLength: LONGEST_PAGE });
    if (reply.status !== 200) throw statusError(what, reply);
    tags.push(...readTags(what, reply));
    where = nextPage(what, reply);
  }
  return tags;
}

// The changefeed of a server of Notary: what it says was published when. Its timestamps name no record, so nothing signed vouches for a
// word of it.
import {
  FormatError,
  type Gun,
  type Instant,
  isJsonArray,
  isJsonObject,
  type JsonValue,
  memberInteger,
  memberString,
  parseExpires,
  readJson,
} from '@countersign/core';
import type { Trust } from './compose/opened.ts';
import { statusError } from './compose/server-status.ts';

export interface Change {
  /** What the server calls it; larger ones are newer. */
  readonly id: string;
  readonly time: Instant;
  readonly kind: 'publish' | 'delete';
  readonly version: number;
  /** Of the file that the server lets stand for the publish, in hex; empty for a deletion. */
  readonly sha256: string;
}

export const MOST_CHANGES = 1000;
const LONGEST = 1024;
const WHERE = 'changefeed';

/** The newest `limit` changes, newest first. Throws ServerError, FetchError and FormatError. */
export async function readChangeFeed(
  { http, server, authorization }: Pick<Trust, 'http' | 'server' | 'authorization'>,
  path: string,
  gun: Gun,
  limit: number,
): Promise<readonly Change[]> {
  const base = server.url.href.endsWith('/') ? server.url : `${server.url.href}/`;
  const url = new URL(path, base);
  // From the end backwards; they come oldest first all the same.
  url.searchParams.set('change_id', '-1');
  url.searchParams.set('records', String(limit));
  const reply = await http.send({
    method: 'GET',
    url,
    ...(authorization === undefined ? {} : { headers: { authorization } }),
    maxLength: (limit + 1) * LONGEST,
    redirects: 'refuse',
  });
  if (reply.status !== 200) throw statusError(server.url, 'the changefeed', reply);
  const { value } = readJson(reply.body, { maxDepth: 4 });
  const records = isJsonObject(value) ? (value.get('records') ?? []) : undefined;
  if (!isJsonArray(records) || records.length > limit) throw new FormatError('malformed', `${WHERE}: wanted at most ${limit} records`);
  return records.map((record) => readChange(record, gun)).reverse();
}

function readChange(value: JsonValue, gun: Gun): Change {
  if (!isJsonObject(value)) throw new FormatError('malformed', `${WHERE}: wanted objects`);
  const text = (name: string): string => memberString(value, name, WHERE);
  const [id, sha256, category] = [text('ID'), text('SHA256').trim(), text('Category')];
  const readable = /^[0-9]{1,20}$/.test(id) && /^(?:[0-9a-f]{64})?$/.test(sha256) && (category === 'update' || category === 'deletion');
  if (!readable) throw new FormatError('malformed', `${WHERE}: wanted an ID, a SHA256 and update or deletion`);
  if (text('GUN') !== gun) throw new FormatError('malformed', `${WHERE}: it speaks of ${text('GUN').slice(0, 80)}, asked was ${gun}`);
  const kind = category === 'update' ? 'publish' : 'delete';
  return { id, time: parseExpires(text('CreatedAt'), `${WHERE}.CreatedAt`), kind, version: memberInteger(value, 'Version', WHERE), sha256 };
}

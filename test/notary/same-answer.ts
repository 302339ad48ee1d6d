// What "the same answer" is: the status, the headers that somebody acts upon, and the body. Files that publishers sign are the same byte for
// byte. What a server signs says when it was signed and by whom, so there the rest must be the same.
import { createHash } from 'node:crypto';
import { isJsonObject, type JsonObject, readJson, withMembers } from '@countersign/core';
import { bodyOf, type Exchange, exchanges, partsIn } from '../vectors/notary-traces.ts';
import type { Answer } from './stand.ts';

const HEADERS = ['content-type', 'cache-control', 'pragma', 'www-authenticate', 'location'];

/** SHA-256 of what publishers made themselves: those files have one name everywhere. */
const UPLOADED = new Set(exchanges.flatMap(partsIn).map(({ bytes }) => createHash('sha256').update(bytes).digest('hex')));

/** Our names for files that the server of the recording signed, by its own: SHA-256 in hex. */
export type Renamed = Map<string, string>;

/** What is another one than in the recording. */
export function differencesOf({ request, response }: Exchange, answer: Answer, renamed: Renamed): readonly string[] {
  const found: string[] = [];
  if (answer.status !== response.status) found.push('status');
  for (const name of HEADERS) {
    const recorded = response.headers.find(([other]) => other.toLowerCase() === name)?.[1];
    // What was said of nothing may be said of it now; a challenge or a redirect that was not there may not.
    const matters = recorded !== undefined || name === 'www-authenticate' || name === 'location';
    if (matters && answer.headers[name] !== recorded) found.push(name);
  }
  if (request.method !== 'HEAD' && !isSameBody(bodyOf(response), answer.body, renamed)) found.push('body');
  return found;
}

function isSameBody(recorded: Buffer, ours: Buffer, renamed: Renamed): boolean {
  if (recorded.equals(ours)) return true;
  const [then, now] = [objectIn(recorded), objectIn(ours)];
  if (then === undefined || now === undefined) return false;
  const [before, after] = [signedOf(then), signedOf(now)];
  if (before !== undefined && after !== undefined) return isSameFile(before, after, renamed);
  return textOf(withoutTimes(then)) === textOf(withoutTimes(now));
}

/** Files of the server: snapshot and timestamp. */
function isSameFile(recorded: JsonObject, ours: JsonObject, renamed: Renamed): boolean {
  const type = recorded.get('_type');
  if (type !== 'Timestamp' && type !== 'Snapshot') return false;
  const [then, now] = [recorded, ours].map((signed) => withMembers(signed, { expires: undefined }));
  if (then === undefined || now === undefined) return false;
  if (type === 'Snapshot') return textOf(lengthless(then)) === textOf(lengthless(now));
  const [before, after] = [sha256OfSnapshot(then), sha256OfSnapshot(now)];
  if (before === undefined || after === undefined || (before !== after && UPLOADED.has(before))) return false;
  if (before !== after) renamed.set(before, after);
  return textOf(withMembers(then, { meta: undefined })) === textOf(withMembers(now, { meta: undefined }));
}

/** The record of a change tells its time. */
function withoutTimes(feed: JsonObject): JsonObject {
  const records = feed.get('records');
  if (!Array.isArray(records)) return feed;
  return withMembers(feed, {
    records: records.map((record) => (isJsonObject(record) ? withMembers(record, { CreatedAt: undefined }) : record)),
  });
}

/** A snapshot of the server lists files of publishers alone, and SHA-256 is what everybody checks them by. */
function lengthless(snapshot: JsonObject): JsonObject {
  const meta = snapshot.get('meta');
  if (!isJsonObject(meta)) return snapshot;
  const listed = [...meta].map(
    ([role, file]) => [role, isJsonObject(file) ? withMembers(file, { hashes: sha256Of(file) }) : file] as const,
  );
  return withMembers(snapshot, { meta: new Map(listed) });
}

function sha256OfSnapshot(timestamp: JsonObject): string | undefined {
  const meta = timestamp.get('meta');
  const snapshot = isJsonObject(meta) ? meta.get('snapshot') : undefined;
  const base64 = isJsonObject(snapshot) ? sha256Of(snapshot) : undefined;
  return base64 === undefined ? undefined : Buffer.from(base64, 'base64').toString('hex');
}

function sha256Of(file: JsonObject): string | undefined {
  const hashes = file.get('hashes');
  const base64 = isJsonObject(hashes) ? hashes.get('sha256') : undefined;
  return typeof base64 === 'string' ? base64 : undefined;
}

function objectIn(bytes: Buffer): JsonObject | undefined {
  try {
    const { value } = readJson(bytes, { maxDepth: 64 });
    return isJsonObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function signedOf(file: JsonObject): JsonObject | undefined {
  const signed = file.get('signed');
  return isJsonObject(signed) ? signed : undefined;
}

/** Members in the order of their names: no reader takes another as another. */
const textOf = (value: JsonObject): string => JSON.stringify(plain(value));

function plain(value: unknown): unknown {
  if (value instanceof Map)
    return Object.fromEntries([...value].sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, member]) => [name, plain(member)]));
  return Array.isArray(value) ? value.map(plain) : value;
}

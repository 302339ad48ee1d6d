// The files that a repository of TUF signs and serves itself: found, fetched, hashed, and only then given their name.
import { join } from 'node:path';
import { encodeHex, encodeUtf8, type Hashes, parseTargetPath, rootOf, type TargetEntry, TrustError, verifyBytes } from '@countersign/core';
import type { HttpClient } from '@countersign/http';
import { asFolder } from './as-folder.ts';
import { orNothing } from './cache-dir.ts';
import { writeWhole } from './durable-file.ts';
import { makeFolder } from './make-folder.ts';
import { serverError } from './problem.ts';
import { readBounded } from './read-bounded.ts';
import type { Refreshed } from './refresh-repository.ts';
import { kindOf, signedTarget } from './signed-entry.ts';
import { unwritable } from './state-errors.ts';
import { verifyFile } from './verify-file.ts';

export interface DownloadPlace {
  /** Where the repository serves its files. */
  readonly from: URL;
  /** The folder that files are written to, an absolute path; made with mode 0700 where there is none. */
  readonly into: string;
  /** The most bytes a file may have: it is held in memory until it is verified. */
  readonly largest: number;
}

export interface Downloaded {
  /** Where it lies now. The same path of a repository has the same name, whatever its content. */
  readonly file: string;
  /** In bytes. */
  readonly length: number;
  /** `at-hand` where a file that was there already is the one that is signed: nothing was fetched. */
  readonly came: 'fetched' | 'at-hand';
}

export interface DownloadTools {
  readonly http: HttpClient;
  readonly random: (length: number) => Uint8Array;
}

/**
 * Throws TrustError: `unsigned` without an entry for `path`, `limit` when it is longer than `largest`, `missing` when it is not
 * served, `mismatch` when what is served is something else; FormatError for a path that is none; FetchError, ServerError and
 * StateError. Nothing is written then, and a file that was there stays.
 */
export async function download(refreshed: Refreshed, path: string, place: DownloadPlace, tools: DownloadTools): Promise<Downloaded> {
  // `..` would leave the folder of the URL, and an empty segment names another file on some servers.
  parseTargetPath(path);
  const { entry } = await signedTarget(refreshed, path);
  kindOf(path, entry, 'file');
  if (!(entry.length <= place.largest)) {
    throw new TrustError('limit', `${path.slice(0, 80)} has ${entry.length} bytes, wanted at most ${place.largest}`);
  }
  const { crypto } = refreshed.env;
  const file = join(place.into, fileNameOf(path, refreshed));
  const there = await orNothing(async () => readBounded(file, entry.length));
  if (there !== undefined && (await isSigned(refreshed, path, entry, there))) return { file, length: entry.length, came: 'at-hand' };
  const bytes = await fetchFile(urlOf(path, entry.hashes, refreshed, place.from), path, entry, tools.http);
  verifyBytes(path.slice(0, 80), bytes, entry, crypto);
  await refuseDenied(refreshed, path, bytes);
  try {
    makeFolder(place.into);
    await writeWhole(file, bytes, { random: tools.random, promise: 'durable' });
  } catch (error) {
    throw unwritable(file, error);
  }
  return { file, length: entry.length, came: 'fetched' };
}

async function isSigned(refreshed: Refreshed, path: string, entry: TargetEntry, bytes: Uint8Array): Promise<boolean> {
  try {
    verifyBytes(path.slice(0, 80), bytes, entry, refreshed.env.crypto);
  } catch (error) {
    if (error instanceof TrustError) return false;
    throw error;
  }
  await refuseDenied(refreshed, path, bytes);
  return true;
}

/** A repository of ours may have denied this content under every name. Others know no denials, and are not asked for any. */
async function refuseDenied(refreshed: Refreshed, path: string, bytes: Uint8Array): Promise<void> {
  if (rootOf(refreshed.stage).root.content.binding !== undefined) await verifyFile(refreshed, path, { bytes });
}

async function fetchFile(url: URL, path: string, { length }: TargetEntry, http: HttpClient): Promise<Uint8Array> {
  const reply = await http.send({ method: 'GET', url, maxLength: length, redirects: 'follow' });
  if (reply.status === 404) throw new TrustError('missing', `${path.slice(0, 80)} is not served, though it is signed`);
  if (reply.status !== 200) throw serverError(url.host, reply);
  return reply.body;
}

/** TUF 1.0.34 §6.2: with consistent snapshots a file is served under a hash, `HASH.name`, in its folder. */
function urlOf(path: string, hashes: Hashes, { stage }: Refreshed, from: URL): URL {
  const segments = path.split('/');
  const name = segments.pop() ?? '';
  const hash = hashes.get('sha256') ?? hashes.get('sha512');
  if (hash === undefined) throw new TrustError('mismatch', `${path.slice(0, 80)} was signed without sha256 or sha512`);
  // What is signed as a hash becomes part of a URL: digits and nothing else.
  if (!/^[0-9a-f]{1,128}$/.test(hash)) throw new TrustError('mismatch', `${path.slice(0, 80)} was signed with a hash that is none`);
  const prefixed = rootOf(stage).root.content.consistentSnapshot ? `${hash}.${name}` : name;
  return new URL([...segments, prefixed].map(quoted).join('/'), asFolder(from));
}

const quoted = (text: string): string => encodeURIComponent(text).replaceAll('*', '%2A');

const LONGEST_NAME = 200;

/** One flat name: folders of a foreign path could meet what lies there. */
function fileNameOf(path: string, { env }: Refreshed): string {
  const name = quoted(path);
  return name.length <= LONGEST_NAME ? name : encodeHex(env.crypto.digest('sha256', encodeUtf8(path)));
}

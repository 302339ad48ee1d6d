// The configuration file: strict JSON, unknown members refused, because a misspelled one would be a setting that is silently off.
import { lstatSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import type { DialectName } from '@countersign/client';
import { FormatError, isJsonArray, isJsonObject, type JsonObject, type JsonValue, readJson } from '@countersign/core';
import { UsageError } from '../errors.ts';
import { withPathNow } from '../with-path.ts';

/** A trust server, and the format of its repositories where the entry says it. */
export interface ServerEntry {
  readonly url: URL;
  readonly dialect: DialectName | undefined;
}

/** `config.json`. Prefixes are names or their first segments: `registry.example.com/team` speaks for what is below it. */
export interface Config {
  /** Prefix of a GUN, to the trust server that keeps it. */
  readonly servers: ReadonlyMap<string, ServerEntry>;
  /** Prefix of an image's name at a mirror, to the prefix under which it was signed. */
  readonly mirrors: ReadonlyMap<string, string>;
  /** Registry host, to the token servers that may see its credentials. */
  readonly realms: ReadonlyMap<string, readonly string[]>;
  /** PEM certificates to trust beside those of the system; relative to the file. */
  readonly caFile: string | undefined;
}

const EMPTY: Config = { servers: new Map(), mirrors: new Map(), realms: new Map(), caFile: undefined };
const MEMBERS: ReadonlySet<string> = new Set(['schema', 'servers', 'mirrors', 'realms', 'caFile']);

/** The configuration in `folder`, or the empty one. Throws UsageError `bad-config`, naming file and member. */
export function readConfig(folder: string): Config {
  const path = join(folder, 'config.json');
  const bytes = bytesOrNone(path);
  if (bytes === undefined) return EMPTY;
  try {
    return configOf(readJson(bytes, { maxDepth: 8 }).value, folder);
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
    throw new UsageError('bad-config', `${path}: ${error.message}`, { cause: error, details: { path } });
  }
}

/** The bytes of a file that may be absent. System errors as they come; a link that leads nowhere is one, and no absence. */
export function bytesOrNone(path: string): Uint8Array | undefined {
  return withPathNow(path, () => (isThere(path) || isDangling(dirname(path)) ? readFileSync(path) : undefined));
}

/** A link counts as there, wherever it leads. */
function isThere(path: string): boolean {
  try {
    return lstatSync(path, { throwIfNoEntry: false }) !== undefined;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOTDIR') return false;
    throw error;
  }
}

/** A policy on a volume that is not mounted would otherwise be no policy at all. */
const isDangling = (path: string): boolean => isThere(path) && statSync(path, { throwIfNoEntry: false }) === undefined;

const wrong = (where: string, wanted: string): FormatError => new FormatError('malformed', `${where}: wanted ${wanted}`);

function configOf(value: JsonValue, folder: string): Config {
  if (!isJsonObject(value)) throw wrong('the file', 'a JSON object');
  for (const name of value.keys()) if (!MEMBERS.has(name)) throw wrong(name.slice(0, 40), `one of ${[...MEMBERS].join(', ')}`);
  if (value.get('schema') !== 1) throw wrong('schema', '1');
  const caFile = value.get('caFile');
  if (caFile !== undefined && typeof caFile !== 'string') throw wrong('caFile', 'a path');
  return {
    servers: mapOf(value, 'servers', serverOf),
    mirrors: mapOf(value, 'mirrors', (text, where) => textOf(text, where)),
    realms: mapOf(value, 'realms', (list, where) => {
      if (!isJsonArray(list)) throw wrong(where, 'a list of hosts');
      return list.map((host) => textOf(host, where));
    }),
    caFile: caFile === undefined ? undefined : resolve(folder, caFile),
  };
}

function mapOf<Value>(file: JsonObject, name: string, read: (value: JsonValue, where: string) => Value): ReadonlyMap<string, Value> {
  const member = file.get(name) ?? new Map<string, JsonValue>();
  if (!isJsonObject(member)) throw wrong(name, 'an object');
  return new Map([...member].map(([key, value]) => [key, read(value, `${name}.${key.slice(0, 40)}`)]));
}

/** A URL, or `{"url", "dialect"}`. */
function serverOf(value: JsonValue, where: string): ServerEntry {
  if (!isJsonObject(value)) return { url: urlOf(value, where), dialect: undefined };
  for (const name of value.keys()) if (name !== 'url' && name !== 'dialect') throw wrong(`${where}.${name.slice(0, 40)}`, 'url or dialect');
  const dialect = value.get('dialect');
  if (dialect !== undefined && dialect !== 'tuf' && dialect !== 'notary') throw wrong(`${where}.dialect`, 'tuf or notary');
  return { url: urlOf(value.get('url') ?? null, `${where}.url`), dialect };
}

function textOf(value: JsonValue, where: string): string {
  if (typeof value === 'string' && value !== '') return value;
  throw wrong(where, 'text');
}

function urlOf(value: JsonValue, where: string): URL {
  if (typeof value === 'string' && /^https?:\/\//.test(value) && URL.canParse(value)) return new URL(value);
  throw wrong(where, 'a URL like https://trust.example.com');
}

/** What the longest prefix of `name` says, by whole segments: `a.example/team` speaks for `a.example/team/app`, not for `a.example/teams`. */
export function byPrefix<Value>(
  map: ReadonlyMap<string, Value>,
  name: string,
): { readonly prefix: string; readonly value: Value } | undefined {
  for (let prefix = name; prefix !== ''; prefix = prefix.slice(0, Math.max(0, prefix.lastIndexOf('/')))) {
    const value = map.get(prefix);
    if (value !== undefined) return { prefix, value };
  }
  return undefined;
}

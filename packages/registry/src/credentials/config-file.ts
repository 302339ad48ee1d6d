// Docker's config.json and podman's auth.json. The file belongs to them: members that we do not know are left alone, and
// those that we do know must have the right shape.
import {
  decodeBase64,
  decodeUtf8,
  isJsonObject,
  type JsonObject,
  type JsonValue,
  optionalMemberObject,
  optionalMemberString,
  readJson,
} from '@countersign/core';
import { RegistryError } from '../errors.ts';
import type { Credential } from './credential.ts';

/** Keys are `host[/path]`, normalised. */
export interface ConfigFile {
  readonly credentials: ReadonlyMap<string, Credential>;
  /** An empty name says that this host has no helper, whatever `store` is. */
  readonly helpers: ReadonlyMap<string, string>;
  /** The helper for every host that has none of its own. */
  readonly store: string | undefined;
}

/**
 * `https://index.docker.io/v1/`, `registry.example.com:443` and `registry.example.com/team` as `host[/path]`. A key with a
 * scheme is an old one, whose path means nothing; otherwise the path is podman's scope.
 */
export function normalKey(key: string): string {
  const bare = key.replace(/^https?:\/\//, '');
  const parts = bare.replace(/\/(?:v[12]\/?)?$/, '').split('/');
  const host = (parts[0] ?? '').replace(/:443$/, '');
  const name = host === 'index.docker.io' ? 'docker.io' : host;
  return bare !== key ? name : [name, ...parts.slice(1)].join('/');
}

// A message of the base64 reader would quote the secret, so it is not passed on.
function decodeAuth(auth: string, where: string): Credential {
  let text: string;
  try {
    text = decodeUtf8(decodeBase64(auth)).replace(/\0+$/, '');
  } catch {
    throw new RegistryError('bad-credentials', `${where}.auth: wanted base64`);
  }
  const colon = text.indexOf(':');
  if (colon < 0) throw new RegistryError('bad-credentials', `${where}.auth: wanted a user name, a colon and a password in base64`);
  return { kind: 'password', username: text.slice(0, colon), password: text.slice(colon + 1) };
}

function readEntry(entry: JsonObject, where: string): Credential | undefined {
  const text = (name: string): string => optionalMemberString(entry, name, where) ?? '';
  if (text('registrytoken') !== '') return { kind: 'registry-token', token: text('registrytoken') };
  if (text('identitytoken') !== '') return { kind: 'identity-token', token: text('identitytoken') };
  if (text('auth') !== '') return decodeAuth(text('auth'), where);
  if (text('username') !== '') return { kind: 'password', username: text('username'), password: text('password') };
  return undefined; // `{}` stands for "the helper has it"
}

function readMembers(file: JsonObject, path: string): ConfigFile {
  const credentials = new Map<string, Credential>();
  // Keys with a scheme first, so that a plain key for the same host replaces them.
  const bySpelling = [...(optionalMemberObject(file, 'auths', path) ?? [])].sort(
    ([a], [b]) => Number(b.includes('://')) - Number(a.includes('://')),
  );
  for (const [key, entry] of bySpelling) {
    if (!isJsonObject(entry)) throw new RegistryError('bad-credentials', `${path}: wanted an object for every host in auths`);
    const credential = readEntry(entry, `${path}: auths`);
    if (credential !== undefined) credentials.set(normalKey(key), credential);
  }
  const helpers = new Map<string, string>();
  const named = optionalMemberObject(file, 'credHelpers', path);
  for (const key of named?.keys() ?? []) {
    const helper = named === undefined ? undefined : optionalMemberString(named, key, `${path}: credHelpers`);
    if (helper !== undefined) helpers.set(normalKey(key), helper);
  }
  return { credentials, helpers, store: optionalMemberString(file, 'credsStore', path) || undefined };
}

/** Reads a configuration file; `path` names it in errors. Throws RegistryError `bad-credentials`, never quoting the file. */
export function readConfigFile(bytes: Uint8Array, path: string): ConfigFile {
  let value: JsonValue;
  try {
    ({ value } = readJson(bytes, { maxDepth: 64 }));
  } catch {
    throw new RegistryError('bad-credentials', `${path}: wanted strict JSON`);
  }
  if (!isJsonObject(value)) throw new RegistryError('bad-credentials', `${path}: wanted a JSON object`);
  try {
    return readMembers(value, path);
  } catch (error) {
    if (error instanceof RegistryError) throw error;
    throw new RegistryError('bad-credentials', error instanceof Error ? error.message : `${path}: cannot be read`);
  }
}

// The first root that a trust server shows, before anything is believed: for the person who compares it, and for a beginning that
// turns out to have happened already.
import {
  countSignatures,
  type Fingerprint,
  FormatError,
  firstVersions,
  pinOf,
  ROOT,
  type RootPin,
  STANDARD_LIMITS,
  usableKeys,
  type Version,
} from '@countersign/core';
import { nativeCryptography } from '@countersign/crypto-native';
import { metadataUrl } from './metadata-url.ts';
import type { Trust } from './opened.ts';
import { statusError } from './server-status.ts';

export interface ServedRoot {
  readonly pin: RootPin;
  /** Those that may sign for the root, by its own words. */
  readonly keys: readonly Fingerprint[];
  /** Those of them that did. */
  readonly signers: readonly Fingerprint[];
}

type Asked = Pick<Trust, 'gun' | 'dialect' | 'http' | 'server' | 'authorization'>;

/** Undefined for 404 alone: a server in trouble must not make a name look free. Throws ServerError, FetchError and FormatError. */
export async function servedRoot(asked: Asked, wanted: string): Promise<ServedRoot | undefined> {
  for (const version of firstVersions(asked)) {
    const root = await rootOf(asked, version, wanted);
    if (root !== undefined) return root;
  }
  return undefined;
}

async function rootOf(
  { gun, dialect, http, server, authorization }: Asked,
  version: Version,
  wanted: string,
): Promise<ServedRoot | undefined> {
  const path = dialect.path({ role: ROOT, version, consistent: true });
  const reply = await http.send({
    method: 'GET',
    url: metadataUrl(server.url, dialect, gun, path),
    ...(authorization === undefined ? {} : { headers: { authorization } }),
    maxLength: STANDARD_LIMITS.rootBytes,
    redirects: 'refuse',
  });
  if (reply.status === 404) return undefined;
  if (reply.status !== 200) throw statusError(server.url, wanted, reply);
  const env = { limits: STANDARD_LIMITS, crypto: nativeCryptography() };
  const root = parsed(`${server.url.host}, ${path}`, () => dialect.parse('root', ROOT, reply.body, env));
  const role = root.content.roles.get('root');
  return {
    pin: pinOf(root, env.crypto),
    keys: role === undefined ? [] : [...usableKeys(role, root.content.keys, env)],
    signers: role === undefined ? [] : countSignatures(root, role, root.content.keys, env).valid,
  };
}

function parsed<Root>(from: string, read: () => Root): Root {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
    throw new FormatError(error.code, `${from}: ${error.message}`, { cause: error, details: error.details });
  }
}

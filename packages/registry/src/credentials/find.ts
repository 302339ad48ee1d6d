// Finding the credential for a repository: which files are read, in which order, and which of their keys wins.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { RegistryError } from '../errors.ts';
import { type ConfigFile, readConfigFile } from './config-file.ts';
import type { Credential, CredentialSource } from './credential.ts';
import { askHelper, type HelperWorld } from './helper.ts';

export interface CredentialWorld {
  /** The environment: `DOCKER_AUTH_CONFIG`, `REGISTRY_AUTH_FILE`, `DOCKER_CONFIG`, `XDG_RUNTIME_DIR`, `XDG_CONFIG_HOME`; helpers run in it. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The home folder. */
  readonly home: string;
  /** Milliseconds that a credential helper may take; it may have to ask a person. */
  readonly helperTimeoutMs: number;
  /** A file's bytes, `undefined` when there is none; the file system's unless given. */
  readonly read?: (path: string) => Promise<Uint8Array | undefined>;
}

async function readIfThere(path: string): Promise<Uint8Array | undefined> {
  try {
    return readFileSync(path);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw new RegistryError('bad-credentials', `${path}: cannot be read (${String(code)})`, { cause: error });
  }
}

/** Paths in the order in which they are asked; the first file that has a credential wins. */
function paths({ env, home }: CredentialWorld): readonly string[] {
  const set = (name: string): string | undefined => env[name] || undefined;
  const [named, docker, runtime] = [set('REGISTRY_AUTH_FILE'), set('DOCKER_CONFIG') ?? join(home, '.docker'), set('XDG_RUNTIME_DIR')];
  const podman = [...(runtime === undefined ? [] : [runtime]), set('XDG_CONFIG_HOME') ?? join(home, '.config')];
  return [
    ...(named === undefined ? [] : [named]),
    join(docker, 'config.json'),
    ...podman.map((folder) => join(folder, 'containers', 'auth.json')),
  ];
}

/** `host/a/b`, `host/a`, `host`: podman scopes credentials by path, the most specific first. */
function keysFor(host: string, repository: string): readonly string[] {
  const parts = [host, ...repository.split('/')];
  return parts.map((_, index) => parts.slice(0, parts.length - index).join('/'));
}

/** The names under which a helper may hold `host`: docker stores Docker Hub under the URL of its first registry. */
const serversFor = (host: string): readonly string[] => (host === 'docker.io' ? ['https://index.docker.io/v1/', 'docker.io'] : [host]);

async function fromFile(file: ConfigFile, host: string, keys: readonly string[], world: HelperWorld): Promise<Credential | undefined> {
  const helper = keys.map((key) => file.helpers.get(key)).find((name) => name !== undefined) ?? file.store;
  if (helper !== undefined && helper !== '') {
    for (const server of serversFor(host)) {
      const found = await askHelper(helper, server, world);
      if (found !== undefined) return found;
    }
  }
  return keys.map((key) => file.credentials.get(key)).find((credential) => credential !== undefined);
}

/**
 * Credentials as docker and podman keep them: `DOCKER_AUTH_CONFIG`, `REGISTRY_AUTH_FILE`, docker's config.json, podman's
 * auth.json. In each, a helper is asked before the file's own entries. Nothing is read before a registry asks.
 */
export function findCredentials(world: CredentialWorld): CredentialSource {
  const { env, read = readIfThere } = world;
  const { DOCKER_AUTH_CONFIG: inline } = env;
  const helperWorld = { env, timeoutMs: world.helperTimeoutMs };

  async function credentialFor(host: string, repository: string): Promise<Credential | undefined> {
    const keys = keysFor(host, repository);
    if (inline !== undefined && inline !== '') {
      const found = await fromFile(readConfigFile(Buffer.from(inline), 'DOCKER_AUTH_CONFIG'), host, keys, helperWorld);
      if (found !== undefined) return found;
    }
    for (const path of paths(world)) {
      const bytes = await read(path);
      const found = bytes === undefined ? undefined : await fromFile(readConfigFile(bytes, path), host, keys, helperWorld);
      if (found !== undefined) return found;
    }
    return undefined;
  }

  return { credentialFor };
}

// What the registry holds: content by digest, tags by name. Digests are always computed from the bytes.
import { createHash } from 'node:crypto';
import { Refusal } from './answer.ts';

export interface StoredManifest {
  readonly bytes: Uint8Array;
  readonly mediaType: string;
}

export interface Repository {
  readonly blobs: Map<string, Uint8Array>;
  readonly manifests: Map<string, StoredManifest>;
  readonly tags: Map<string, string>;
}

export type Repositories = Map<string, Repository>;

export type Algorithm = 'sha256' | 'sha512';

export const digestWith = (algorithm: Algorithm, bytes: Uint8Array): string =>
  `${algorithm}:${createHash(algorithm).update(bytes).digest('hex')}`;

const DIGEST = /^(?:sha256:[0-9a-f]{64}|sha512:[0-9a-f]{128})$/;
const NAME = /^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*(?:\/[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*)*$/;
const TAG = /^[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}$/;

export const isDigest = (text: string): boolean => DIGEST.test(text);
export const isTag = (text: string): boolean => TAG.test(text);

export function algorithmOf(digest: string): Algorithm {
  if (!isDigest(digest)) throw new Refusal(400, 'DIGEST_INVALID', 'wanted a sha256 or sha512 digest');
  return digest.startsWith('sha512:') ? 'sha512' : 'sha256';
}

export function checkName(name: string): void {
  if (name.length > 255 || !NAME.test(name)) throw new Refusal(400, 'NAME_INVALID', 'invalid repository name');
}

/** The repository of that name, made when it is not there. */
export function repositoryFor(all: Repositories, name: string): Repository {
  checkName(name);
  let repository = all.get(name);
  if (repository === undefined) {
    repository = { blobs: new Map(), manifests: new Map(), tags: new Map() };
    all.set(name, repository);
  }
  return repository;
}

export function existing(all: Repositories, name: string): Repository {
  checkName(name);
  const repository = all.get(name);
  if (repository === undefined) throw new Refusal(404, 'NAME_UNKNOWN', 'repository name not known to registry');
  return repository;
}

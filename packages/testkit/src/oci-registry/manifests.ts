// Manifests: the exact bytes and the exact media type that were pushed come back. OCI distribution-spec 1.1, end-3, end-7
// and end-9.
import { type Answer, type Call, Refusal } from './answer.ts';
import {
  type Algorithm,
  algorithmOf,
  digestWith,
  existing,
  isDigest,
  isTag,
  type Repositories,
  type Repository,
  repositoryFor,
} from './content.ts';

const LARGEST = 4 * 1024 * 1024;

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** A manifest as an object, for the members that the registry looks at. */
export function readManifest(bytes: Uint8Array): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
    if (isObject(value)) return value;
  } catch {
    // refused below, like any other JSON that is not a manifest
  }
  throw new Refusal(400, 'MANIFEST_INVALID', 'wanted a JSON object');
}

export interface Descriptor {
  readonly digest: string;
  readonly mediaType: string;
}

export function descriptorIn(value: unknown): Descriptor | undefined {
  if (!isObject(value)) return undefined;
  const { digest, mediaType = '' } = value;
  return typeof digest === 'string' && typeof mediaType === 'string' ? { digest, mediaType } : undefined;
}

const descriptors = (list: unknown): readonly Descriptor[] => (Array.isArray(list) ? list.flatMap((item) => descriptorIn(item) ?? []) : []);

/** What must be there before the manifest is: layers that were never meant to be distributed may be missing, and so may a subject. */
function checkChildren(repository: Repository, manifest: Readonly<Record<string, unknown>>): void {
  const { layers, config, manifests } = manifest;
  const blobs = [...descriptors(layers), ...descriptors([config])];
  const needed = blobs.filter(({ mediaType }) => !/nondistributable|foreign/.test(mediaType));
  const missing = [
    ...needed.filter(({ digest }) => !repository.blobs.has(digest)),
    ...descriptors(manifests).filter(({ digest }) => !repository.manifests.has(digest)),
  ];
  if (missing[0] !== undefined)
    throw new Refusal(404, 'MANIFEST_BLOB_UNKNOWN', `manifest references ${missing[0].digest}, which is not here`);
}

function put(all: Repositories, name: string, reference: string, call: Call): Answer {
  const bytes = call.body;
  if (bytes.length > LARGEST) throw new Refusal(413, 'SIZE_INVALID', `wanted at most ${LARGEST} bytes`);
  const mediaType = call.headers.get('content-type') ?? '';
  const manifest = readManifest(bytes);
  const { mediaType: declared = mediaType, subject } = manifest;
  if (mediaType === '' || declared !== mediaType) {
    throw new Refusal(400, 'MANIFEST_INVALID', 'the content type is not the media type of the manifest');
  }
  if (!isDigest(reference) && !isTag(reference))
    throw new Refusal(400, reference.includes(':') ? 'DIGEST_INVALID' : 'MANIFEST_INVALID', 'invalid reference');
  const algorithm: Algorithm = isDigest(reference) ? algorithmOf(reference) : 'sha256';
  const digest = digestWith(algorithm, bytes);
  if (isDigest(reference) && digest !== reference)
    throw new Refusal(400, 'DIGEST_INVALID', 'provided digest did not match uploaded content');
  const repository = repositoryFor(all, name);
  checkChildren(repository, manifest);
  const tags = isDigest(reference) ? call.url.searchParams.getAll('tag') : [reference];
  if (!tags.every(isTag)) throw new Refusal(400, 'MANIFEST_INVALID', 'invalid tag');
  repository.manifests.set(digest, { bytes, mediaType });
  for (const tag of tags) repository.tags.set(tag, digest);
  const about = descriptorIn(subject);
  const headers = {
    location: `/v2/${name}/manifests/${digest}`,
    'docker-content-digest': digest,
    ...(about === undefined ? {} : { 'oci-subject': about.digest }),
    ...(isDigest(reference) && tags.length > 0 ? { 'oci-tag': tags.join(', ') } : {}),
  };
  return { status: 201, headers };
}

function remove(repository: Repository, reference: string): Answer {
  const known = isDigest(reference) ? repository.manifests.delete(reference) : repository.tags.delete(reference);
  if (!known) throw new Refusal(404, 'MANIFEST_UNKNOWN', 'manifest unknown');
  for (const [tag, digest] of repository.tags) if (digest === reference) repository.tags.delete(tag);
  return { status: 202, headers: {} };
}

export function answerManifest(all: Repositories, name: string, reference: string, call: Call): Answer {
  if (call.method === 'PUT') return put(all, name, reference, call);
  if (!['GET', 'HEAD', 'DELETE'].includes(call.method)) throw new Refusal(405, 'UNSUPPORTED', 'the operation is unsupported');
  if (!isTag(reference)) algorithmOf(reference);
  const repository = existing(all, name);
  if (call.method === 'DELETE') return remove(repository, reference);
  const digest = isDigest(reference) ? reference : repository.tags.get(reference);
  const found = digest === undefined ? undefined : repository.manifests.get(digest);
  if (digest === undefined || found === undefined) throw new Refusal(404, 'MANIFEST_UNKNOWN', 'manifest unknown');
  return { status: 200, headers: { 'content-type': found.mediaType, 'docker-content-digest': digest }, body: found.bytes };
}

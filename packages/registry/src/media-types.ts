// The kinds of manifest that are understood, and the check that a body is only one of them.
import { FormatError, isJsonObject, type JsonObject, type JsonValue, readJson } from '@countersign/core';
import { RegistryError } from './errors.ts';

/** The media types of an index: OCI's, and Docker's manifest list. */
export const INDEX_TYPES: readonly string[] = [
  'application/vnd.oci.image.index.v1+json',
  'application/vnd.docker.distribution.manifest.list.v2+json',
];

/** The media types of the manifest of one image. */
export const MANIFEST_TYPES: readonly string[] = [
  'application/vnd.oci.image.manifest.v1+json',
  'application/vnd.docker.distribution.manifest.v2+json',
];

/** Everything that a manifest request accepts. Schema 1 is not in it: its digest covers only a part of its bytes. */
export const ACCEPT: string = [...INDEX_TYPES, ...MANIFEST_TYPES].join(', ');

const DEPTH = 64;

function readObject(bytes: Uint8Array, what: string): JsonObject {
  let value: JsonValue;
  try {
    ({ value } = readJson(bytes, { maxDepth: DEPTH }));
  } catch (error) {
    if (error instanceof FormatError) throw new RegistryError('bad-reply', `${what}: its manifest is not strict JSON`, { cause: error });
    throw error;
  }
  if (!isJsonObject(value)) throw new RegistryError('bad-reply', `${what}: its manifest is not a JSON object`);
  return value;
}

/**
 * Checks that `bytes` are a manifest of `mediaType` and of nothing else; `what` names it in errors. One body that is an index
 * to one client and an image to another lets an attacker have the first verify what the second does not run
 * (CVE-2021-41190). Throws RegistryError `bad-reply`.
 */
export function checkManifest(bytes: Uint8Array, mediaType: string, what: string): void {
  const isIndex = INDEX_TYPES.includes(mediaType);
  if (!isIndex && !MANIFEST_TYPES.includes(mediaType))
    throw new RegistryError('bad-reply', `${what}: wanted a manifest or an index, got another media type`);
  const manifest = readObject(bytes, what);
  if (manifest.get('schemaVersion') !== 2) throw new RegistryError('bad-reply', `${what}: wanted schemaVersion 2 in its manifest`);
  const declared = manifest.has('mediaType') ? manifest.get('mediaType') : mediaType;
  if (declared !== mediaType) throw new RegistryError('bad-reply', `${what}: its manifest names another media type than its reply`);
  const foreign = isIndex ? ['layers', 'config', 'fsLayers'] : ['manifests', 'fsLayers'];
  const found = foreign.find((name) => manifest.has(name));
  if (found !== undefined)
    throw new RegistryError('bad-reply', `${what}: its ${isIndex ? 'index' : 'manifest'} also has ${found}, so it is two things at once`);
  if (!manifest.has(isIndex ? 'manifests' : 'layers')) throw new RegistryError('bad-reply', `${what}: its manifest names no content`);
}

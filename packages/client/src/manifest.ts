// What is inside a manifest, as far as it decides what a runtime would do with it.
import { excerpt, FormatError, isJsonObject, type Limits, optionalMemberString, readJson, TrustError } from '@countersign/core';

/**
 * Throws TrustError('mismatch') unless `bytes` are one manifest of one kind: strict JSON, `mediaType` inside (where stated) and the
 * Content-Type both as signed, and not both an image and an index. Clients disagree on which half of such a body counts, so one
 * digest would stand for two images.
 */
export function checkManifest(bytes: Uint8Array, served: string, signed: string | undefined, limits: Pick<Limits, 'jsonDepth'>): void {
  const stated = statedType(bytes, limits);
  if (signed === undefined) return;
  // RFC 9110 §8.3.1: types compare without regard to case, and parameters do not name another type.
  const type = (served.split(';')[0] ?? '').trim().toLowerCase();
  if (type !== signed.toLowerCase())
    throw mismatch(`the registry serves it as ${excerpt(type)}, signed was ${excerpt(signed)}`, signed, type);
  if (stated !== undefined && stated !== signed) {
    throw mismatch(`the manifest calls itself ${excerpt(stated)}, signed was ${excerpt(signed)}`, signed, stated);
  }
}

function statedType(bytes: Uint8Array, limits: Pick<Limits, 'jsonDepth'>): string | undefined {
  try {
    const { value } = readJson(bytes, { maxDepth: limits.jsonDepth });
    if (!isJsonObject(value)) throw new FormatError('malformed', 'wanted a JSON object');
    if (value.has('manifests') && value.has('layers')) throw new FormatError('malformed', 'it holds both manifests and layers');
    return optionalMemberString(value, 'mediaType', 'manifest');
  } catch (error) {
    if (error instanceof FormatError) throw new TrustError('mismatch', `the manifest is ambiguous: ${error.message}`, { cause: error });
    throw error;
  }
}

const mismatch = (text: string, signed: string, got: string): TrustError =>
  new TrustError('mismatch', text, { details: { wanted: signed, signed, got } });

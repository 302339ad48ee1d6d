// Names that are numbers in disguise: digests, fingerprints and the ids of repositories. One spelling each, so that
// comparing text is comparing what it means.
import { excerpt } from '../bytes/excerpt.ts';
import { isHex } from '../bytes/hex.ts';
import { FormatError } from '../errors.ts';
import type { Digest, Fingerprint, RepositoryId } from './brand.ts';

/** Reads `sha256:` and 64 lower-case hexadecimal digits. Throws FormatError `malformed`. */
export function parseDigest(text: string): Digest {
  if (!text.startsWith('sha256:') || !isHex(text.slice(7), 64)) throw unlike('a digest of sha256: and 64 lower-case hex digits', text);
  return text as Digest;
}

/** Reads the SHA-256 of a key's SPKI DER, 64 lower-case hexadecimal digits. Throws FormatError `malformed`. */
export function parseFingerprint(text: string): Fingerprint {
  if (!isHex(text, 64)) throw unlike('a fingerprint of 64 lower-case hex digits', text);
  return text as Fingerprint;
}

/** The first 16 digits of a fingerprint: what people are shown. Never compare keys by it. */
export function shortFingerprint(fingerprint: Fingerprint): string {
  return fingerprint.slice(0, 16);
}

/** Reads the random id of a repository of ours, 32 lower-case hexadecimal digits. Throws FormatError `malformed`. */
export function parseRepositoryId(text: string): RepositoryId {
  if (!isHex(text, 32)) throw unlike('a repository id of 32 lower-case hex digits', text);
  return text as RepositoryId;
}

const unlike = (wanted: string, got: string): FormatError => new FormatError('malformed', `wanted ${wanted}, got ${excerpt(got)}`);

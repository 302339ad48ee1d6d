// Key identifiers as metadata holds them. They point at a key inside one delegating file and identify nothing outside it.
import { excerpt } from '../bytes/excerpt.ts';
import { FormatError } from '../errors.ts';
import type { KeyId } from './brand.ts';
import { utf8Length } from './text.ts';

/**
 * Reads a key id: 1 to 200 bytes of UTF-8. Not necessarily a hash: TAP 12 allows any string, and a root of Sigstore holds
 * one that differs from its key's hash. Throws FormatError `malformed`.
 */
export function parseKeyId(text: string): KeyId {
  const length = utf8Length(text);
  if (length === undefined || length < 1 || length > 200) {
    throw new FormatError('malformed', `wanted a key id of 1 to 200 bytes, got ${excerpt(text)}`);
  }
  return text as KeyId;
}

// JSON as we write it to files: canonical wherever canonical JSON is JSON at all, so that readers who hash or verify it
// need not encode it again. Control characters, which the canonical form leaves raw, are escaped.
import { encode } from './encode.ts';
import type { JsonValue } from './value.ts';

/**
 * `value` as compact JSON in UTF-8, members sorted by code point: the same bytes as `encodeCanonical` gives, except that
 * control characters are escaped. Throws FormatError as `encodeCanonical` does.
 */
export function encodeJson(value: JsonValue): Uint8Array {
  return encode(value, 'escaped');
}

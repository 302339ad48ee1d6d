// OLPC canonical JSON, the form that TUF and Notary metadata is signed in: members sorted by code point, no white space,
// whole numbers, and nothing escaped but the quote and the backslash. RFC 8785 is no substitute: PEM keys hold
// newlines, which stand raw here and escaped there.
import { encode } from './encode.ts';
import type { JsonValue } from './value.ts';

/**
 * The OLPC canonical form of `value` in UTF-8. Throws FormatError `malformed` for numbers that are not whole or beyond
 * 2^53-1 and for lone surrogates, `too-large` for values nested more than 1,000 deep. What it gives is not always valid
 * JSON, because control characters stand raw: it is made to be signed and hashed, not to be read back.
 */
export function encodeCanonical(value: JsonValue): Uint8Array {
  return encode(value, 'raw');
}

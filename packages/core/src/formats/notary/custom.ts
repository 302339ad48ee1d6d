// What `custom` of an entry may hold, so that others can go on with the file. Notary's programs sign it as it stands on the wire, and
// verify what it decodes to: where the two differ, the next publisher signs a file that nobody can verify.
import { decodeUtf8 } from '../../bytes/utf8.ts';
import { FormatError } from '../../errors.ts';
import { encodeCanonical } from '../../json/canonical.ts';
import type { JsonObject } from '../../json/value.ts';

// What their encoder escapes, and what JSON must escape. Neither stands outside of strings.
const ESCAPED = /[<>&\u2028\u2029\u0000-\u001f]/;

/** `custom`, which reads the same before and after they wrote it. Throws FormatError `malformed`. */
export function lastingCustom(custom: JsonObject): JsonObject {
  if (!ESCAPED.test(decodeUtf8(encodeCanonical(custom)))) return custom;
  throw new FormatError(
    'malformed',
    'custom: wanted no < > & and no control characters, which other publishers of Notary could not sign again',
  );
}

// Key ids as we make them. Others hash what they like or nothing at all, so a foreign key id is never recomputed to find a key.
import { encodeHex } from '../bytes/hex.ts';
import { encodeCanonical } from '../json/canonical.ts';
import type { JsonObject } from '../json/value.ts';
import type { KeyId } from '../names/brand.ts';
import { parseKeyId } from '../names/key-id.ts';
import type { Cryptography } from './port.ts';

/**
 * The key id of a key object by TUF 1.0.34 §4.2: SHA-256, in hex, of its canonical form with all its members. Throws
 * FormatError `malformed` when the object has no canonical form.
 */
export function keyIdOf(crypto: Cryptography, keyObject: JsonObject): KeyId {
  return parseKeyId(encodeHex(crypto.digest('sha256', encodeCanonical(keyObject))));
}

// Small files of ours in which a changed byte is noticed: `{"checksum":"HEX",` and then the members, where HEX is the SHA-256 of the
// object without that first member, as it is written. The checksum is against damage and careless edits; whoever may write to the
// state folder can make a new one.
import {
  type Cryptography,
  concatBytes,
  encodeHex,
  encodeJson,
  encodeUtf8,
  FormatError,
  isJsonObject,
  type JsonObject,
  readJson,
} from '@countersign/core';

const DEPTH = 8;
const BRACE = encodeUtf8('{');
const seal = (checksum: string): string => `{"checksum":"${checksum}",`;
const SEAL_LENGTH = seal('0'.repeat(64)).length;

export function writeSealed(members: JsonObject, crypto: Cryptography): Uint8Array {
  const object = encodeJson(members);
  return concatBytes(encodeUtf8(seal(encodeHex(crypto.digest('sha256', object)))), object.subarray(BRACE.length));
}

/** The members but the checksum. Throws FormatError for an object of another schema, and when the seal is not that of its bytes. */
export function readSealed(file: Uint8Array, what: string, crypto: Cryptography): JsonObject {
  const object = concatBytes(BRACE, file.subarray(SEAL_LENGTH));
  const expected = seal(encodeHex(crypto.digest('sha256', object)));
  if (Buffer.from(file.subarray(0, SEAL_LENGTH)).toString('latin1') !== expected) throw objection(file, what);
  const { value } = readJson(object, { maxDepth: DEPTH });
  if (!isJsonObject(value)) throw new FormatError('malformed', `${what}: wanted a JSON object`);
  if (value.get('schema') !== 1) throw newer(what);
  return value;
}

const newer = (what: string): FormatError => new FormatError('malformed', `${what}: wanted schema 1, written by another version`);

/** An unknown schema may have another way to seal: then it is newer, not damaged. Throws what is wrong with it as JSON. */
function objection(file: Uint8Array, what: string): FormatError {
  const { value } = readJson(file, { maxDepth: DEPTH });
  if (!isJsonObject(value)) return new FormatError('malformed', `${what}: wanted a JSON object`);
  if (value.get('schema') !== 1) return newer(what);
  return new FormatError('malformed', `${what}: its checksum does not match`);
}

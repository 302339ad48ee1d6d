// Small files of ours in which a changed byte is noticed: canonical JSON with a checksum over everything else. The checksum is
// against damage and careless edits; whoever may write to the state folder can make a new one.

import type { Cryptography } from '@countersign/core';
import { encodeHex, encodeJson, equalBytes, FormatError, isJsonObject, type JsonObject, readJson, withMembers } from '@countersign/core';

const DEPTH = 8;

export function writeSealed(members: JsonObject, crypto: Cryptography): Uint8Array {
  const checksum = encodeHex(crypto.digest('sha256', encodeJson(members)));
  return encodeJson(withMembers(members, { checksum }));
}

/** The members but the checksum. Throws FormatError when the file is not byte for byte what `writeSealed` wrote. */
export function readSealed(file: Uint8Array, what: string, crypto: Cryptography): JsonObject {
  const { value } = readJson(file, { maxDepth: DEPTH });
  if (!isJsonObject(value)) throw new FormatError('malformed', `${what}: wanted a JSON object`);
  // An unknown schema may have another way to seal: say that it is newer, not that it is damaged.
  if (value.get('schema') !== 1) throw new FormatError('malformed', `${what}: wanted schema 1, written by another version`);
  const members = withMembers(value, { checksum: undefined });
  if (!equalBytes(writeSealed(members, crypto), file)) throw new FormatError('malformed', `${what}: its checksum does not match`);
  return members;
}

// What is no signed metadata at all, as the clients' own server tells it from what is refused: the members that it reads before it
// looks at the rest.
import {
  type FormatError,
  isJsonArray,
  isJsonObject,
  type JsonObject,
  type JsonValue,
  type Limits,
  parseExpires,
  readJson,
} from '@countersign/core';

/** Undefined where `bytes` are JSON of the right shape, else why not. A member that is missing is the judgement's affair. */
export function malformedJson(bytes: Uint8Array, { jsonDepth }: Limits): string | undefined {
  try {
    const { value } = readJson(bytes, { maxDepth: jsonDepth });
    if (!isJsonObject(value)) return 'wanted an object';
    const signed = value.get('signed');
    if (signed !== undefined && !isJsonObject(signed)) return 'signed: wanted an object';
    return (signed && ofSigned(signed)) ?? ofSignatures(value.get('signatures'));
  } catch (error) {
    if (isFormatError(error)) return error.message;
    throw error;
  }
}

function ofSigned(signed: JsonObject): string | undefined {
  const [type, expires, version] = ['_type', 'expires', 'version'].map((name) => signed.get(name));
  if (type !== undefined && typeof type !== 'string') return '_type: wanted text';
  if (version !== undefined && !Number.isSafeInteger(version)) return 'version: wanted a whole number';
  if (expires === undefined) return undefined;
  if (typeof expires !== 'string') return 'expires: wanted text';
  parseExpires(expires, 'expires');
  return undefined;
}

function ofSignatures(signatures: JsonValue | undefined): string | undefined {
  if (signatures === undefined || signatures === null) return undefined;
  const shaped =
    isJsonArray(signatures) &&
    signatures.every((one) => isJsonObject(one) && ['keyid', 'method', 'sig'].every((name) => isText(one.get(name))));
  return shaped ? undefined : 'signatures: wanted a list of objects of texts';
}

const isText = (value: JsonValue | undefined): boolean => value === undefined || typeof value === 'string';

const isFormatError = (error: unknown): error is FormatError => error instanceof Error && error.name === 'FormatError';

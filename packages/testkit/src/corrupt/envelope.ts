// What lies outside `signed`: anybody on the way can change it.
import { encodeJson, isJsonArray, isJsonObject, type JsonObject, type JsonValue, readJson } from '@countersign/core';

/** The file with other signatures; `signed` stays as it is, byte for byte. */
export function withSignatures(file: Uint8Array, change: (signatures: readonly JsonObject[]) => readonly JsonValue[]): Uint8Array {
  const { value } = readJson(file, { maxDepth: 64 });
  const list = isJsonObject(value) ? value.get('signatures') : undefined;
  if (!isJsonObject(value) || !isJsonArray(list)) throw new Error('wanted a metadata file');
  return encodeJson(new Map<string, JsonValue>([...value, ['signatures', change(list.filter(isJsonObject))]]));
}

/** The file with at most `keep` of its signatures. */
export const strippedSignatures = (file: Uint8Array, keep: number = 0): Uint8Array =>
  withSignatures(file, (signatures) => signatures.slice(0, keep));

// A snapshot or timestamp that states versions and nothing else, as TUF 1.0.34 §4.4 allows. What is wrong with the files it names
// is then not found by their hashes.
import { isJsonObject, type JsonValue, jsonObject } from '@countersign/core';
import type { Bend } from '../simulator/simulator.ts';
import { changedMember } from './member.ts';

export const withoutHashes: Bend = changedMember(['meta'], (meta) => {
  if (!isJsonObject(meta)) throw new Error('meta is no object');
  return new Map<string, JsonValue>([...meta].map(([name, file]) => [name, jsonObject({ version: versionIn(file) })]));
});

const versionIn = (file: JsonValue): JsonValue | undefined => (isJsonObject(file) ? file.get('version') : undefined);

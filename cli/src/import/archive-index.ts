// What stands beside the raw files of an archived repository: which files there are, what they hash to, and what a new reader thought of
// them on the day they were copied. Strict JSON; people read it too.
import {
  encodeUtf8,
  FormatError,
  type Gun,
  isJsonObject,
  type JsonObject,
  memberArray,
  memberInteger,
  memberString,
  parseNotaryGun,
  parseNotaryRoleName,
  parseVersion,
  type RoleName,
  readJson,
  type Version,
} from '@countersign/core';
import { type Copied, hexOf } from './copied.ts';
import type { Verdict } from './verdict.ts';

export interface ArchivedFile {
  readonly role: RoleName;
  readonly version: Version;
  readonly length: number;
  /** In hex. */
  readonly sha256: string;
}

export interface ArchiveIndex {
  readonly gun: Gun;
  readonly files: readonly ArchivedFile[];
  readonly current: ReadonlyMap<RoleName, Version>;
  readonly problems: readonly string[];
}

const WHERE = 'index.json';

export function writeIndex(copied: Copied, verdict: Verdict, from: string, time: string): Uint8Array {
  const files = copied.files.map(({ role, version, bytes }) => ({
    file: archiveName(role, version),
    role,
    version,
    length: bytes.length,
    sha256: hexOf(bytes),
  }));
  const current = [...copied.current].map(([role, version]) => ({ role, version }));
  return encodeUtf8(
    `${JSON.stringify({ schema: 1, gun: copied.gun, from, copied: time, verdict, current, problems: copied.problems, files }, undefined, 1)}\n`,
  );
}

/** Throws FormatError. */
export function readIndex(bytes: Uint8Array): ArchiveIndex {
  const { value } = readJson(bytes, { maxDepth: 8 });
  if (!isJsonObject(value) || memberInteger(value, 'schema', WHERE) !== 1) throw new FormatError('malformed', `${WHERE}: wanted schema 1`);
  return {
    gun: parseNotaryGun(memberString(value, 'gun', WHERE)),
    current: new Map(objectsIn(value, 'current').map((one) => [roleIn(one), versionIn(one)])),
    files: objectsIn(value, 'files').map((one) => {
      const sha256 = memberString(one, 'sha256', WHERE);
      if (!/^[0-9a-f]{64}$/.test(sha256)) throw new FormatError('malformed', `${WHERE}: wanted a SHA-256 in hex`);
      return { role: roleIn(one), version: versionIn(one), length: memberInteger(one, 'length', WHERE), sha256 };
    }),
    problems: memberArray(value, 'problems', WHERE).map((one) => (typeof one === 'string' ? one : 'a problem that is no text')),
  };
}

/** The slashes of a role are no folders here: a name of a file is made from a role and a version that were read, and from nothing else. */
export const archiveName = (role: RoleName, version: Version): string => `${version}.${role.replaceAll('/', '%2F')}.json`;

const roleIn = (one: JsonObject): RoleName => parseNotaryRoleName(memberString(one, 'role', WHERE));
const versionIn = (one: JsonObject): Version => parseVersion(one.get('version'), `${WHERE}: version`);

function objectsIn(value: JsonObject, name: string): readonly JsonObject[] {
  return memberArray(value, name, WHERE).map((one) => {
    if (isJsonObject(one)) return one;
    throw new FormatError('malformed', `${WHERE}: ${name}: wanted objects`);
  });
}

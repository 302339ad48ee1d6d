// A floor as it lies on the disk: the bytes of what was verified, named by their versions.
import {
  type Cryptography,
  type Dialect,
  decodeBase64,
  type Env,
  type Floor,
  type FloorFiles,
  FormatError,
  type Gun,
  isHex,
  type JsonObject,
  jsonObject,
  memberInteger,
  memberObject,
  memberString,
  optionalMemberObject,
  optionalMemberString,
  readFloor,
  type SeenRoles,
} from '@countersign/core';
import { ownerIn, writeDialect } from './owner.ts';
import { readSealed, writeSealed } from './sealed-json.ts';
import { refuseUnknown, stringsAt } from './strict-members.ts';

/** A floor, with what is needed to write it again and to ask whether it is still the newest. */
export interface Remembered {
  readonly floor: Floor;
  readonly files: FloorFiles;
  /** The strong ETag under which the server served the timestamp. */
  readonly etag: string | undefined;
  /** The names of the files that hold what was seen of roles (role-files.ts). */
  readonly roleFiles: readonly string[];
}

/** What was seen of roles, and in which files that lies. */
export interface RoleMemory {
  readonly seen: SeenRoles;
  readonly files: readonly string[];
}

/**
 * Versions of root, timestamp and snapshot, 0 for absent. The order of these triples is the order of time: a root that rotated
 * keys starts the other two anew, and otherwise none of them ever falls.
 */
export type FloorVersions = readonly [root: number, timestamp: number, snapshot: number];

export const versionsOf = ({ root, timestamp, snapshot }: Floor): FloorVersions => [
  root.content.version,
  timestamp?.content.version ?? 0,
  snapshot?.content.version ?? 0,
];

export function compareVersions(one: FloorVersions, other: FloorVersions): number {
  return one[0] - other[0] || one[1] - other[1] || one[2] - other[2];
}

export const floorName = (versions: FloorVersions): string => `${versions.join('.')}.json`;

/** The versions in a file name, or undefined for a file that is no floor. */
export function parseFloorName(name: string): FloorVersions | undefined {
  const match = /^([1-9]\d{0,15})\.(0|[1-9]\d{0,15})\.(0|[1-9]\d{0,15})\.json$/.exec(name);
  return match === null ? undefined : [Number(match[1]), Number(match[2]), Number(match[3])];
}

// Node's own: a snapshot that lists a thousand bins is written by every first verification, by code that is not warm yet.
const base64 = ({ buffer, byteOffset, length }: Uint8Array): string => Buffer.from(buffer, byteOffset, length).toString('base64');

/** Whose floor it is. */
export interface FloorOwner {
  readonly gun: Gun;
  readonly dialect: Dialect;
}

export function writeFloorFile(
  { gun, dialect }: FloorOwner,
  files: FloorFiles,
  etag: string | undefined,
  crypto: Cryptography,
): Uint8Array {
  const members = jsonObject({
    schema: 1,
    gun,
    dialect: writeDialect(dialect.name),
    root: base64(files.root),
    timestamp: files.timestamp && base64(files.timestamp),
    snapshot: files.snapshot && base64(files.snapshot),
    record: files.record && jsonObject({ seq: files.record.seq, hash: files.record.hash }),
    pins: files.pins,
    etag,
  });
  return writeSealed(members, crypto);
}

const MEMBERS = ['schema', 'gun', 'dialect', 'root', 'timestamp', 'snapshot', 'record', 'pins', 'etag'];

/** A floor file that is undamaged and of its repository; what it remembers is not verified yet. */
export interface FloorFile {
  readonly versions: FloorVersions;
  readonly pins: readonly string[];
  /** Whether it holds a timestamp. */
  readonly hasTimestamp: boolean;
  readonly etag: string | undefined;
  /** Whether `verify` only gives back what was verified before. */
  readonly isVerified: boolean;
  /** Throws FormatError or TrustError unless it holds the versions that its name states, signed as they must be. */
  verify(env: Env): Remembered;
}

/** Throws FormatError unless this is a floor of `gun`, undamaged. */
export function openFloorFile(
  file: Uint8Array,
  owner: FloorOwner,
  versions: FloorVersions,
  roles: RoleMemory,
  crypto: Cryptography,
): FloorFile {
  const members = readSealed(file, 'floor', crypto);
  refuseUnknown(members, MEMBERS, 'floor');
  const { gun, dialect } = ownerIn(members, 'floor');
  if (gun !== owner.gun || dialect !== owner.dialect.name)
    throw new FormatError('malformed', `floor: it is of ${gun} (${dialect}), wanted ${owner.gun} (${owner.dialect.name})`);
  const pins = stringsAt(members, 'pins', 'floor');
  if (pins === undefined) throw new FormatError('malformed', 'floor.pins: wanted a list of strings');
  const etag = optionalMemberString(members, 'etag', 'floor');
  return {
    versions,
    pins,
    hasTimestamp: members.has('timestamp'),
    etag,
    isVerified: false,
    verify: (env) => ({ ...verified(members, versions, { pins, roles: roles.seen }, env), etag, roleFiles: roles.files }),
  };
}

/** The floor that was verified before. */
export const openedFloor = (known: Remembered): FloorFile => ({
  versions: versionsOf(known.floor),
  pins: known.floor.pins,
  hasTimestamp: known.files.timestamp !== undefined,
  etag: known.etag,
  isVerified: true,
  verify: () => known,
});

function verified(
  members: JsonObject,
  versions: FloorVersions,
  beside: Pick<FloorFiles, 'pins' | 'roles'>,
  env: Env,
): Pick<Remembered, 'floor' | 'files'> {
  const [timestamp, snapshot] = [bytesAt(members, 'timestamp'), bytesAt(members, 'snapshot')];
  const record = readRecord(members);
  const files: FloorFiles = {
    root: decodeBase64(memberString(members, 'root', 'floor')),
    ...(timestamp === undefined ? {} : { timestamp }),
    ...(snapshot === undefined ? {} : { snapshot }),
    ...(record === undefined ? {} : { record }),
    ...beside,
  };
  const floor = readFloor(files, env);
  if (compareVersions(versionsOf(floor), versions) !== 0) {
    throw new FormatError('malformed', `floor: it holds versions ${versionsOf(floor).join('.')}, its name says ${versions.join('.')}`);
  }
  return { floor, files };
}

function bytesAt(members: JsonObject, name: string): Uint8Array | undefined {
  const text = optionalMemberString(members, name, 'floor');
  return text === undefined ? undefined : decodeBase64(text);
}

function readRecord(members: JsonObject): FloorFiles['record'] {
  if (optionalMemberObject(members, 'record', 'floor') === undefined) return undefined;
  const record = memberObject(members, 'record', 'floor');
  refuseUnknown(record, ['seq', 'hash'], 'floor.record');
  const [seq, hash] = [memberInteger(record, 'seq', 'floor.record'), memberString(record, 'hash', 'floor.record')];
  if (seq < 1 || !isHex(hash, 64)) throw new FormatError('malformed', 'floor.record: wanted a positive seq and 64 hex digits');
  return { seq, hash };
}

// What every file of Notary v1 has: `_type`, `version`, `expires`; and how files name each other.
import { decodeBase64, encodeBase64 } from '../../bytes/base64.ts';
import { excerpt } from '../../bytes/excerpt.ts';
import { decodeHex, encodeHex } from '../../bytes/hex.ts';
import { FormatError } from '../../errors.ts';
import { asObject, asString, memberObject, memberString } from '../../json/members.ts';
import type { JsonObject, JsonValue } from '../../json/value.ts';
import type { Binding, Hashes, MetaFile, RoleKind } from '../../model/metadata.ts';
import type { Instant, Version } from '../../names/brand.ts';
import { parseVersion } from '../../names/version.ts';
import { readLength } from '../alike.ts';
import { parseExpires } from './expires.ts';
import { knownMembers, refuseLookalikes } from './lookalikes.ts';

export const TYPES: Readonly<Record<RoleKind, string>> = { root: 'Root', targets: 'Targets', snapshot: 'Snapshot', timestamp: 'Timestamp' };

// The reference decodes versions into 32 bits, with a sign.
const HIGHEST_VERSION = 2 ** 31 - 1;

interface Header {
  readonly version: Version;
  readonly expires: Instant;
  /** Notary names its repository in certificates alone. */
  readonly binding: Binding | undefined;
}

export function readHeader(signed: JsonObject, kind: RoleKind): Header {
  const type = memberString(signed, '_type', 'signed');
  if (type !== TYPES[kind]) throw new FormatError('malformed', `signed._type: wanted ${TYPES[kind]}, got ${excerpt(type)}`);
  const version = parseVersion(signed.get('version'), 'signed.version');
  if (version > HIGHEST_VERSION) throw new FormatError('malformed', `signed.version: wanted at most ${HIGHEST_VERSION}, got ${version}`);
  return { version, expires: parseExpires(memberString(signed, 'expires', 'signed'), 'signed.expires'), binding: undefined };
}

/** Base64 on the wire, hexadecimal in the model. */
export function readHashes(object: JsonObject, where: string): Hashes {
  if (object.size === 0) throw new FormatError('malformed', `${where}: wanted at least one hash, got none`);
  const hashes = new Map<string, string>();
  for (const [algorithm, digest] of object)
    hashes.set(algorithm, encodeHex(decodeBase64(asString(digest, `${where}.${excerpt(algorithm)}`))));
  return hashes;
}

export const writeHashes = (hashes: Hashes): JsonObject =>
  new Map([...hashes].map(([algorithm, digest]) => [algorithm, encodeBase64(decodeHex(digest))]));

const META = knownMembers('hashes', 'length');

/** Length and hashes; no version. Without SHA-256 the entry would name no file: files are asked for by it. */
export function readMetaFile(value: JsonValue | undefined, where: string): MetaFile {
  const object = asObject(value, where);
  refuseLookalikes(object, META, where);
  const hashes = readHashes(memberObject(object, 'hashes', where), `${where}.hashes`);
  if (hashes.get('sha256')?.length !== 64) throw new FormatError('malformed', `${where}.hashes: wanted sha256 of 32 bytes`);
  return { length: readLength(object, where), hashes };
}

// What every TUF file has: `_type`, `spec_version`, `version`, `expires` (TUF 1.0.34 §4.3) and our binding.

import { isHex } from '../../bytes/hex.ts';
import type { KeySpelling } from '../../crypto/port.ts';
import { FormatError } from '../../errors.ts';
import {
  asObject,
  asString,
  memberArray,
  memberInteger,
  memberObject,
  memberString,
  optionalMemberArray,
  optionalMemberObject,
  optionalMemberString,
} from '../../json/members.ts';
import type { JsonObject, JsonValue } from '../../json/value.ts';
import type { Binding, Hashes, KeyRing, MetaFile, RoleKind, SignerNames } from '../../model/metadata.ts';
import type { Fingerprint, Instant, KeyId, RoleName, Version } from '../../names/brand.ts';
import { parseFingerprint, parseRepositoryId } from '../../names/digest.ts';
import { parseGun } from '../../names/gun.ts';
import { parseInstant } from '../../names/instant.ts';
import { parseKeyId } from '../../names/key-id.ts';
import { parseOwnRoleName, parseRoleName } from '../../names/role-name.ts';
import { parseVersion } from '../../names/version.ts';
import { readLength } from '../alike.ts';

export const BINDING_MEMBER = 'x-countersign';

// TUF 1.0.34 §4.3: clients check spec_version. Real repositories write `1.0` and `1.0.x`; every client checks the major alone.
const SPEC_VERSION = /^1\.(?:0|[1-9][0-9]*)(?:\.(?:0|[1-9][0-9]*))?$/;

export interface Header {
  readonly version: Version;
  readonly expires: Instant;
  readonly binding: Binding | undefined;
}

export function readHeader(signed: JsonObject, kind: RoleKind): Header {
  const type = memberString(signed, '_type', 'signed');
  if (type !== kind) throw new FormatError('malformed', `signed._type: wanted ${kind}, got ${type.slice(0, 40)}`);
  const spec = memberString(signed, 'spec_version', 'signed');
  if (!SPEC_VERSION.test(spec)) throw new FormatError('malformed', `signed.spec_version: wanted 1.x, got ${spec.slice(0, 40)}`);
  return {
    version: parseVersion(signed.get('version'), 'signed.version'),
    expires: parseInstant(memberString(signed, 'expires', 'signed'), 'signed.expires'),
    binding: readBinding(signed, kind),
  };
}

function readBinding(signed: JsonObject, kind: RoleKind): Binding | undefined {
  const object = optionalMemberObject(signed, BINDING_MEMBER, 'signed');
  if (object === undefined) return undefined;
  const repository = parseRepositoryId(memberString(object, 'repository', BINDING_MEMBER));
  const binding: Binding = { repository };
  if (kind === 'root') {
    const names = memberArray(object, 'names', BINDING_MEMBER).map((name) => parseGun(asString(name, `${BINDING_MEMBER}.names`)));
    if (names.length === 0) throw new FormatError('malformed', `${BINDING_MEMBER}.names: wanted at least one name, got none`);
    return { ...binding, names };
  }
  if (kind === 'targets') {
    const name = optionalMemberString(object, 'name', BINDING_MEMBER);
    const role = optionalMemberString(object, 'role', BINDING_MEMBER);
    const signers = optionalMemberObject(object, 'signers', BINDING_MEMBER);
    return {
      ...binding,
      ...(name === undefined ? {} : { name: parseGun(name) }),
      ...(role === undefined ? {} : { role: parseRoleName(role) }),
      ...(signers === undefined ? {} : { signers: readSignerNames(signers) }),
    };
  }
  if (kind === 'timestamp') {
    const record = optionalMemberObject(object, 'record', BINDING_MEMBER);
    if (record === undefined) return binding;
    const seq = memberInteger(record, 'seq', `${BINDING_MEMBER}.record`);
    const hash = memberString(record, 'hash', `${BINDING_MEMBER}.record`);
    if (seq < 1 || !isHex(hash, 64))
      throw new FormatError('malformed', `${BINDING_MEMBER}.record: wanted a positive seq and 64 hex digits`);
    return { ...binding, record: { seq, hash } };
  }
  return binding;
}

/** A name is also what a role may be called, so none of them can move a cursor or pass for another by its looks. */
function readSignerNames(object: JsonObject): SignerNames {
  const where = `${BINDING_MEMBER}.signers`;
  const names = new Map<Fingerprint, RoleName>();
  for (const [key, name] of object) names.set(parseFingerprint(key), parseOwnRoleName(asString(name, where)));
  // Whoever takes somebody's key away by name must not take another's.
  if (new Set(names.values()).size !== names.size) throw new FormatError('malformed', `${where}: two keys have the same name`);
  return names;
}

export function readHashes(object: JsonObject, where: string): Hashes {
  // TUF 1.0.34 §4.5: at least one hash. Empty hashes made a well-known client accept any content of the right length.
  if (object.size === 0) throw new FormatError('malformed', `${where}: wanted at least one hash, got none`);
  for (const [algorithm, digest] of object) {
    if (typeof digest !== 'string') throw new FormatError('malformed', `${where}.${algorithm.slice(0, 40)}: wanted a string`);
  }
  return object as Hashes; // every value was just seen to be a string
}

export function readMetaFile(value: JsonValue | undefined, where: string): MetaFile {
  const object = asObject(value, where);
  const version = parseVersion(object.get('version'), `${where}.version`);
  const hashes = optionalMemberObject(object, 'hashes', where);
  return {
    version,
    ...(object.has('length') ? { length: readLength(object, where) } : {}),
    ...(hashes === undefined ? {} : { hashes: readHashes(hashes, `${where}.hashes`) }),
  };
}

/** Keys of kinds nobody here knows are kept: they count zero, and must not lock clients out of a file that does not need them. */
export function readKeys(object: JsonObject, where: string): KeyRing {
  const keys = new Map<KeyId, KeySpelling>();
  for (const [id, value] of object) {
    const at = `${where}.${id.slice(0, 16)}`;
    const key = asObject(value, at);
    const material = memberObject(key, 'keyval', at).get('public');
    keys.set(parseKeyId(id), {
      keytype: memberString(key, 'keytype', at),
      scheme: memberString(key, 'scheme', at),
      public: typeof material === 'string' ? material : '',
    });
  }
  return keys;
}

export function readStrings(object: JsonObject, name: string, where: string): readonly string[] | undefined {
  return optionalMemberArray(object, name, where)?.map((item) => asString(item, `${where}.${name}`));
}

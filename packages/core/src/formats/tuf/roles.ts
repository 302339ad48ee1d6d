// The four kinds of TUF content (TUF 1.0.34 §4.3 to §4.6), from the raw tree to the model.
import { FormatError } from '../../errors.ts';
import {
  asObject,
  memberArray,
  memberBoolean,
  memberInteger,
  memberObject,
  memberString,
  optionalMemberBoolean,
  optionalMemberObject,
} from '../../json/members.ts';
import type { JsonObject, JsonValue } from '../../json/value.ts';
import { lastBin, MOST_BITS } from '../../model/bins.ts';
import { mapped } from '../../model/mapped.ts';
import type {
  BinDelegation,
  DelegatedRole,
  Delegations,
  MetaFile,
  RoleKeys,
  RootContent,
  SnapshotContent,
  TargetEntry,
  TargetsContent,
  TimestampContent,
  TopLevelRole,
} from '../../model/metadata.ts';
import { isTopLevel, TARGETS, TOP_LEVEL_ROLES } from '../../model/top-level.ts';
import type { RoleName } from '../../names/brand.ts';
import { parseRoleName } from '../../names/role-name.ts';
import { readLength, readRoleKeys } from '../alike.ts';
import { readHashes, readHeader, readKeys, readMetaFile, readStrings } from './common.ts';

export function readRoot(signed: JsonObject): RootContent {
  const rolesObject = memberObject(signed, 'roles', 'signed');
  const roles = new Map<TopLevelRole, RoleKeys>();
  for (const role of TOP_LEVEL_ROLES) {
    roles.set(role, readRoleKeys(memberObject(rolesObject, role, 'signed.roles'), `signed.roles.${role}`));
  }
  return {
    ...readHeader(signed, 'root'),
    // §4.3: optional, and absent means false.
    consistentSnapshot: optionalMemberBoolean(signed, 'consistent_snapshot', 'signed') ?? false,
    keys: readKeys(memberObject(signed, 'keys', 'signed'), 'signed.keys'),
    roles,
  };
}

export function readTimestamp(signed: JsonObject): TimestampContent {
  const meta = memberObject(signed, 'meta', 'signed');
  return { ...readHeader(signed, 'timestamp'), snapshot: readMetaFile(meta.get('snapshot.json'), 'signed.meta.snapshot.json') };
}

export function readSnapshot(signed: JsonObject): SnapshotContent {
  const meta = new Map<RoleName, MetaFile>();
  for (const [file, value] of memberObject(signed, 'meta', 'signed')) {
    if (!file.endsWith('.json')) throw new FormatError('malformed', `signed.meta: wanted names ending in .json, got ${file.slice(0, 40)}`);
    meta.set(parseRoleName(file.slice(0, -'.json'.length)), readMetaFile(value, `signed.meta.${file.slice(0, 40)}`));
  }
  if (!meta.has(TARGETS)) throw new FormatError('malformed', 'signed.meta: wanted targets.json, got none');
  return { ...readHeader(signed, 'snapshot'), meta };
}

export function readTargets(signed: JsonObject): TargetsContent {
  const targets = memberObject(signed, 'targets', 'signed');
  // Every entry is well formed, or none of the file is believed.
  for (const [path, value] of targets) readEntry(path, value);
  const delegations = optionalMemberObject(signed, 'delegations', 'signed');
  return {
    ...readHeader(signed, 'targets'),
    targets: mapped(targets, readEntry),
    delegations: delegations && readDelegations(delegations),
  };
}

function readEntry(path: string, value: JsonValue): TargetEntry {
  const where = `signed.targets.${path.slice(0, 40)}`;
  const object = asObject(value, where);
  return {
    length: readLength(object, where),
    hashes: readHashes(memberObject(object, 'hashes', where), `${where}.hashes`),
    custom: optionalMemberObject(object, 'custom', where),
  };
}

function readDelegations(object: JsonObject): Delegations {
  const where = 'signed.delegations';
  // TAP 15: one or the other. A reader that knows only roles would see other delegations than one that knows both.
  if (object.has('roles') === object.has('succinct_roles'))
    throw new FormatError('malformed', `${where}: wanted either roles or succinct_roles`);
  const keys = readKeys(memberObject(object, 'keys', where), `${where}.keys`);
  if (object.has('succinct_roles')) return { keys, roles: [], bins: readBins(memberObject(object, 'succinct_roles', where)) };
  const roles = memberArray(object, 'roles', where).map((role) => readDelegatedRole(asObject(role, `${where}.roles`)));
  // Two delegations of one name leave open which keys count: a reader that keeps the last differs from one that keeps the first.
  if (new Set(roles.map((role) => role.name)).size !== roles.length)
    throw new FormatError('malformed', `${where}.roles: the same role stands there twice`);
  return { keys, roles, bins: undefined };
}

function readBins(object: JsonObject): BinDelegation {
  const where = 'signed.delegations.succinct_roles';
  const bits = memberInteger(object, 'bit_length', where);
  if (bits < 1 || bits > MOST_BITS) throw new FormatError('malformed', `${where}.bit_length: wanted 1 to ${MOST_BITS}, got ${bits}`);
  const bins = { ...readRoleKeys(object, where), bits, prefix: memberString(object, 'name_prefix', where) };
  lastBin(bins); // a prefix that no role can be called after is refused now, not at the first search
  return bins;
}

function readDelegatedRole(object: JsonObject): DelegatedRole {
  const name = parseRoleName(memberString(object, 'name', 'signed.delegations.roles'));
  const where = `signed.delegations.roles.${name.slice(0, 40)}`;
  if (isTopLevel(name)) throw new FormatError('malformed', `${where}: a delegated role may not be named like a top-level one`);
  const patterns = readStrings(object, 'paths', where);
  const prefixes = readStrings(object, 'path_hash_prefixes', where);
  // §4.5: exactly one of the two.
  if ((patterns === undefined) === (prefixes === undefined)) {
    throw new FormatError('malformed', `${where}: wanted either paths or path_hash_prefixes`);
  }
  return {
    ...readRoleKeys(object, where),
    name,
    terminating: memberBoolean(object, 'terminating', where),
    scope: patterns === undefined ? { by: 'hash', prefixes: prefixes ?? [] } : { by: 'paths', patterns },
  };
}

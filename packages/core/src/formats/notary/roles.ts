// The four kinds of Notary v1 content, from the raw tree to the model.
import { FormatError } from '../../errors.ts';
import { asObject, asString, memberArray, memberBoolean, memberObject, memberString, optionalMemberObject } from '../../json/members.ts';
import { isJsonArray, type JsonObject, type JsonValue } from '../../json/value.ts';
import { mapped } from '../../model/mapped.ts';
import type {
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
import { ROOT, TARGETS, TOP_LEVEL_ROLES } from '../../model/top-level.ts';
import type { RoleName } from '../../names/brand.ts';
import { notaryParent, parseNotaryRoleName } from '../../names/notary-names.ts';
import { readLength, readRoleKeys } from '../alike.ts';
import type { ParseEnv } from '../dialect.ts';
import { readHashes, readHeader, readMetaFile } from './common.ts';
import { readNotaryKeys } from './keys.ts';
import { knownMembers, refuseLookalikes } from './lookalikes.ts';

const SIGNED = {
  root: knownMembers('_type', 'consistent_snapshot', 'expires', 'keys', 'roles', 'version'),
  files: knownMembers('_type', 'expires', 'meta', 'version'),
  targets: knownMembers('_type', 'delegations', 'expires', 'targets', 'version'),
};
const ROLE_KEYS = knownMembers('keyids', 'threshold');

export function readRoot(signed: JsonObject, env: ParseEnv): RootContent {
  refuseLookalikes(signed, SIGNED.root, 'signed');
  const object = memberObject(signed, 'roles', 'signed');
  const roles = new Map<TopLevelRole, RoleKeys>();
  for (const role of TOP_LEVEL_ROLES) {
    const held = memberObject(object, role, 'signed.roles');
    refuseLookalikes(held, ROLE_KEYS, `signed.roles.${role}`);
    roles.set(role, readRoleKeys(held, `signed.roles.${role}`));
  }
  memberBoolean(signed, 'consistent_snapshot', 'signed');
  const keys = readNotaryKeys(memberObject(signed, 'keys', 'signed'), 'signed.keys', env.crypto);
  // It says false, always, and files are asked for by their hashes all the same.
  return { ...readHeader(signed, 'root'), consistentSnapshot: true, keys, roles };
}

export function readTimestamp(signed: JsonObject): TimestampContent {
  refuseLookalikes(signed, SIGNED.files, 'signed');
  const meta = memberObject(signed, 'meta', 'signed');
  return { ...readHeader(signed, 'timestamp'), snapshot: readMetaFile(meta.get('snapshot'), 'signed.meta.snapshot') };
}

export function readSnapshot(signed: JsonObject): SnapshotContent {
  refuseLookalikes(signed, SIGNED.files, 'signed');
  const meta = new Map<RoleName, MetaFile>();
  for (const [file, value] of memberObject(signed, 'meta', 'signed'))
    meta.set(parseNotaryRoleName(file), readMetaFile(value, `signed.meta.${file.slice(0, 40)}`));
  for (const role of [ROOT, TARGETS]) if (!meta.has(role)) throw new FormatError('malformed', `signed.meta: wanted ${role}, got none`);
  return { ...readHeader(signed, 'snapshot'), meta };
}

export function readTargets(signed: JsonObject, name: RoleName, env: ParseEnv): TargetsContent {
  refuseLookalikes(signed, SIGNED.targets, 'signed');
  const targets = memberObject(signed, 'targets', 'signed');
  // Every entry is well formed, or none of the file is believed.
  for (const [path, value] of targets) readEntry(path, value);
  const delegations = optionalMemberObject(signed, 'delegations', 'signed');
  return {
    ...readHeader(signed, 'targets'),
    targets: mapped(targets, readEntry),
    delegations: delegations && readDelegations(delegations, name, env),
  };
}

const ENTRY = knownMembers('custom', 'hashes', 'length');

function readEntry(path: string, value: JsonValue): TargetEntry {
  const where = `signed.targets.${path.slice(0, 40)}`;
  const object = asObject(value, where);
  refuseLookalikes(object, ENTRY, where);
  return {
    length: readLength(object, where),
    hashes: readHashes(memberObject(object, 'hashes', where), `${where}.hashes`),
    custom: customOf(object, where),
  };
}

/** Its publishers may put any JSON there; only an object can hold what an entry of ours says of itself. */
function customOf(object: JsonObject, where: string): JsonObject | undefined {
  const custom = object.get('custom');
  return custom instanceof Map ? optionalMemberObject(object, 'custom', where) : undefined;
}

const DELEGATIONS = knownMembers('keys', 'roles');

function readDelegations(object: JsonObject, delegator: RoleName, env: ParseEnv): Delegations {
  const where = 'signed.delegations';
  refuseLookalikes(object, DELEGATIONS, where);
  const keys = readNotaryKeys(memberObject(object, 'keys', where), `${where}.keys`, env.crypto);
  // Go writes null for the list from which the last role was taken.
  const listed = object.get('roles') === null ? [] : memberArray(object, 'roles', where);
  const roles = listed.map((role) => readDelegatedRole(asObject(role, `${where}.roles`), delegator));
  if (new Set(roles.map((role) => role.name)).size !== roles.length)
    throw new FormatError('malformed', `${where}.roles: the same role stands there twice`);
  return { keys, roles, bins: undefined };
}

const DELEGATED = knownMembers('keyids', 'name', 'paths', 'threshold');

function readDelegatedRole(object: JsonObject, delegator: RoleName): DelegatedRole {
  const name = parseNotaryRoleName(memberString(object, 'name', 'signed.delegations.roles'));
  const where = `signed.delegations.roles.${name.slice(0, 40)}`;
  refuseLookalikes(object, DELEGATED, where);
  // The name is the way to it: nobody else may delegate to it, so that two never do.
  if (notaryParent(name) !== delegator) throw new FormatError('malformed', `${where}: wanted a role right below ${delegator}`);
  const paths = object.get('paths') ?? [];
  if (!isJsonArray(paths)) throw new FormatError('malformed', `${where}.paths: wanted an array`);
  const patterns = paths.map((path) => asString(path, `${where}.paths`));
  // A role whose keys were all taken away keeps its place in the list, and nobody speaks for it. Go writes null for its keys too.
  const held = object.get('keyids') === null ? new Map(object).set('keyids', []) : object;
  return { ...readRoleKeys(held, where), name, terminating: false, scope: { by: 'paths', patterns } };
}

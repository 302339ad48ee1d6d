// The TUF 1.0 dialect: how this repository format spells, names and orders what core thinks in.
import { encodeHex } from '../../bytes/hex.ts';
import { encodeUtf8 } from '../../bytes/utf8.ts';
import { keyIdOf } from '../../crypto/key-id.ts';
import type { KeySpelling } from '../../crypto/port.ts';
import { encodeCanonical } from '../../json/canonical.ts';
import { memberObject, memberString } from '../../json/members.ts';
import { type JsonObject, type JsonValue, jsonObject } from '../../json/value.ts';
import type { Binding, Hashes, RoleKeys } from '../../model/metadata.ts';
import { roleOf } from '../../model/role-of.ts';
import { RELEASES } from '../../model/top-level.ts';
import { parseGun } from '../../names/gun.ts';
import { formatInstant } from '../../names/instant.ts';
import { matchesPattern } from '../../names/match.ts';
import { parseOwnRoleName } from '../../names/role-name.ts';
import type { Dialect, FileAddress } from '../dialect.ts';
import { BINDING_MEMBER } from './common.ts';
import { parseTufFile, writeTufFile } from './envelope.ts';

export const tuf: Dialect = {
  name: 'tuf',
  parseGun,
  home: (gun) => `v2/${gun}/_trust/metadata/`,
  changefeed: () => undefined,
  releases: RELEASES,
  binds: true,
  parse: parseTufFile,
  canonical: encodeCanonical,
  file: writeTufFile,
  path: filePath,
  keyId: (key, crypto) => keyIdOf(crypto, key),
  spellKey({ keytype, scheme, public: text }, crypto) {
    const object = jsonObject({ keytype, scheme, keyval: jsonObject({ public: text }) });
    return { keyid: keyIdOf(crypto, object), object };
  },
  readKey: readTufKey,
  roleCalled: parseOwnRoleName,
  newKeys: 'ed25519',
  signerNames: ({ content: { binding } }) => binding && (binding.signers ?? new Map()),
  // TUF 1.0.34 §5.3.5 for root; we hold every role to it, so that a version is never skipped unseen.
  mayFollow: (_kind, previous, next) => next === (previous ?? 0) + 1,
  consistentSnapshot: true,
  snapshotNamesRoot: false,
  // §5.5.5
  rolesMayLeave: false,
  rootNames: (root) => root.content.binding?.names,
  rootSigners: (root) => roleOf(root, 'root'),
  speaks: () => true,
  covers(role, path, crypto) {
    if (role.scope.by === 'paths') return role.scope.patterns.some((pattern) => matchesPattern(pattern, path));
    const digest = encodeHex(crypto.digest('sha256', encodeUtf8(path)));
    return role.scope.prefixes.some((prefix) => digest.startsWith(prefix));
  },
  // §5.6.7: what a delegation covers is asked at every step of the way.
  within: (role) => role,
  search: 'depth-first',
  speakers: () => undefined,
  beside: () => [],
  header: (kind, version, expires, binding) =>
    jsonObject({
      _type: kind,
      spec_version: '1.0.34',
      version,
      expires: formatInstant(expires),
      [BINDING_MEMBER]: binding && writeBinding(binding),
    }),
  metaFile: (meta) => jsonObject({ version: meta.version, length: meta.length, hashes: meta.hashes && writeHashes(meta.hashes) }),
  metaName: (role) => `${role}.json`,
  entry: (entry) => jsonObject({ length: entry.length, hashes: writeHashes(entry.hashes), custom: entry.custom }),
  roleKeys: (role) => jsonObject(writeRoleKeys(role)),
  delegatedRole: (role) =>
    jsonObject({
      ...writeRoleKeys(role),
      name: role.name,
      terminating: role.terminating,
      ...(role.scope.by === 'paths' ? { paths: role.scope.patterns } : { path_hash_prefixes: role.scope.prefixes }),
    }),
  noDelegations: undefined,
  bins: (bins) => ['succinct_roles', jsonObject({ ...writeRoleKeys(bins), bit_length: bins.bits, name_prefix: bins.prefix })],
  rootRoles: (roles) => new Map([...roles].map(([name, role]) => [name, jsonObject(writeRoleKeys(role))])),
};

function readTufKey(key: JsonObject): KeySpelling {
  return {
    keytype: memberString(key, 'keytype', 'key'),
    scheme: memberString(key, 'scheme', 'key'),
    public: memberString(memberObject(key, 'keyval', 'key'), 'public', 'key.keyval'),
  };
}

/** TUF 1.0.34 §5: root is always versioned, timestamp never, the others when the root says `consistent_snapshot`. */
function filePath({ role, version, consistent }: FileAddress): string {
  // A delegated name is encoded whole: `../x` is a name, not a way out of the folder.
  const name = encodeURIComponent(role).replace(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`);
  const versioned = version !== undefined && role !== 'timestamp' && (consistent || role === 'root');
  return versioned ? `${version}.${name}.json` : `${name}.json`;
}

function writeHashes(hashes: Hashes): JsonObject {
  return new Map(hashes);
}

function writeRoleKeys(role: RoleKeys): Record<string, JsonValue> {
  return { keyids: role.keyids, threshold: role.threshold };
}

function writeBinding(binding: Binding): JsonObject {
  return jsonObject({
    repository: binding.repository,
    names: binding.names,
    name: binding.name,
    role: binding.role,
    signers: binding.signers && new Map(binding.signers),
    record: binding.record && jsonObject({ seq: binding.record.seq, hash: binding.record.hash }),
  });
}

// The dialect of Notary v1: how its repositories spell, name and order what core thinks in.
import { FormatError } from '../../errors.ts';
import { encodeCanonical } from '../../json/canonical.ts';
import { type JsonValue, jsonObject } from '../../json/value.ts';
import type { DelegatedRole, Parsed, RoleKeys } from '../../model/metadata.ts';
import { TARGETS } from '../../model/top-level.ts';
import type { RoleName } from '../../names/brand.ts';
import { formatInstant } from '../../names/instant.ts';
import { notaryRoleCalled, parseNotaryGun } from '../../names/notary-names.ts';
import type { Dialect, FileAddress } from '../dialect.ts';
import { TYPES, writeHashes } from './common.ts';
import { lastingCustom } from './custom.ts';
import { besideRole, DOCKER_RELEASES, dockerSigners } from './docker-layout.ts';
import { parseNotary, writeNotary } from './envelope.ts';
import { notaryKeyId, readNotaryKey } from './keys.ts';
import { certifiedNames, certifiedSigners } from './root-rules.ts';
import { spellNotaryKey } from './spell-key.ts';

// Its own clients rise by one; some of them lose a version when a publish fails. A version near the end of 32 bits would lock a
// repository for ever (Cure53's TUF-01-002).
const WIDEST_STEP = 1000;

const speaks = ({ keyids, threshold }: DelegatedRole): boolean => keyids.length >= threshold;

/** The colon of a port stays one, as everybody writes it. */
const encodeSegment = (text: string): string => encodeURIComponent(text).replaceAll('%3A', ':');

const trustFolder = (gun: string): string => `v2/${gun.split('/').map(encodeSegment).join('/')}/_trust/`;

export const notary: Dialect = {
  name: 'notary',
  parseGun: parseNotaryGun,
  // Its names may hold what means something else in a URL; a server reads the path decoded.
  home: (gun) => `${trustFolder(gun)}tuf/`,
  changefeed: (gun) => `${trustFolder(gun)}changefeed`,
  releases: DOCKER_RELEASES,
  binds: false,
  parse: parseNotary,
  canonical: encodeCanonical,
  file: writeNotary,
  path: filePath,
  keyId: notaryKeyId,
  spellKey: spellNotaryKey,
  readKey: readNotaryKey,
  roleCalled: notaryRoleCalled,
  // Root keys are in certificates, and no client reads one of Ed25519; one kind for all of them is what docker makes.
  newKeys: 'ecdsa-p256',
  signerNames: dockerSigners,
  mayFollow(kind, previous = 0 as never, next) {
    if (kind === 'root') return next === previous + 1 || (previous === 0 && next === 2);
    return next > previous && next - previous <= WIDEST_STEP;
  },
  consistentSnapshot: false,
  snapshotNamesRoot: true,
  rolesMayLeave: true,
  rootNames: certifiedNames,
  rootSigners: certifiedSigners,

  // A role without enough keys has no voice: its keys were taken away, and its file stayed.
  speaks,
  // Plain beginnings of names.
  covers: (role, path) => speaks(role) && role.scope.by === 'paths' && role.scope.patterns.some((prefix) => path.startsWith(prefix)),
  within(role, above) {
    if (above === undefined || role.scope.by !== 'paths' || above.scope.by !== 'paths') return role;
    const given = above.scope.patterns;
    const patterns = role.scope.patterns.filter((prefix) => given.some((wider) => prefix.startsWith(wider)));
    return { ...role, scope: { by: 'paths', patterns } };
  },
  search: 'breadth-first',
  // `docker pull` asks these two, in this order, and refuses what anybody else says. Where there are no releases, it is no repository
  // of Docker's, and `notary lookup` hears everybody.
  speakers: ({ content }: Parsed<'targets'>): readonly RoleName[] | undefined =>
    content.delegations?.roles.some(({ name }) => name === DOCKER_RELEASES) === true ? [DOCKER_RELEASES, TARGETS] : undefined,

  beside: besideRole,

  header: (kind, version, expires) => jsonObject({ _type: TYPES[kind], expires: formatInstant(expires), version }),
  metaFile: ({ length, hashes }) => jsonObject({ hashes: hashes && writeHashes(hashes), length }),
  metaName: (role) => role,
  entry: ({ length, hashes, custom }) => jsonObject({ custom: custom && lastingCustom(custom), hashes: writeHashes(hashes), length }),
  roleKeys: (role) => jsonObject(writeRoleKeys(role)),
  delegatedRole: (role) => jsonObject({ ...writeRoleKeys(role), name: role.name, paths: pathsOf(role) }),
  // A notary-server writes every member again that it knows: left out, this one would come back, and with it another hash.
  noDelegations: jsonObject({ keys: jsonObject({}), roles: [] }),
  bins() {
    throw new FormatError('malformed', 'Notary repositories have no hash bins');
  },
  rootRoles: (roles) => new Map([...roles].map(([name, role]) => [name, jsonObject(writeRoleKeys(role))])),
};

/** Root by version, timestamp by name alone, the others by the hash of their bytes. A role's slashes are slashes of the path. */
function filePath({ role, version, hashes }: FileAddress): string {
  if (role === 'root' && version !== undefined) return `${version}.root.json`;
  const hex = hashes?.get('sha256');
  return hex === undefined ? `${role}.json` : `${role}.${hex}.json`;
}

const writeRoleKeys = ({ keyids, threshold }: RoleKeys): Record<string, JsonValue> => ({ keyids, threshold });

/** Left out where there are none, as its programs do. */
function pathsOf({ name, scope }: DelegatedRole): readonly string[] | undefined {
  if (scope.by === 'hash') throw new FormatError('malformed', `${name.slice(0, 80)}: Notary delegates by the beginnings of names alone`);
  return scope.patterns.length === 0 ? undefined : scope.patterns;
}

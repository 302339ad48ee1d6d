// What memory keeps of roles whose versions no snapshot states (Notary), beside the floors and as they are: one small file a role,
// written whole under a name that states its version, the highest wins. They are no part of a floor: processes that share this memory
// without locks would write floors of the same versions over each other, and what one had seen, the other would forget.
import {
  type Cryptography,
  encodeHex,
  encodeUtf8,
  FormatError,
  jsonObject,
  memberInteger,
  memberString,
  parseDigest,
  parseNotaryRoleName,
  parseVersion,
  type RoleName,
  type SeenRole,
} from '@countersign/core';
import type { FloorOwner } from './floor-file.ts';
import { ownerIn, writeDialect } from './owner.ts';
import { readSealed, writeSealed } from './sealed-json.ts';
import { refuseUnknown } from './strict-members.ts';

export type SeenEntry = readonly [role: RoleName, seen: SeenRole];

/** `role.ROLE.VERSION.CONTENT.json`: hex of the SHA-256 of the role's name, and the first half of that of what the file says. */
const NAME = /^role\.([0-9a-f]{64})\.([1-9]\d{0,15})\.([0-9a-f]{32})\.json$/;

interface Named {
  readonly name: string;
  readonly role: string;
  readonly version: number;
}

function parseName(name: string): Named | undefined {
  const match = NAME.exec(name);
  return match === null ? undefined : { name, role: match[1] ?? '', version: Number(match[2]) };
}

/** The names of the newest file of each role, in an order that does not depend on the disk's. */
export function newestRoleFiles(names: readonly string[]): readonly string[] {
  const newest = new Map<string, Named>();
  // Sorted, so that of two that were written in the same moment everybody takes the same.
  for (const name of [...names].sort()) {
    const found = parseName(name);
    const other = found && newest.get(found.role);
    if (found !== undefined && (other === undefined || found.version > other.version)) newest.set(found.role, found);
  }
  return [...newest.values()].map(({ name }) => name);
}

/** The names that `written` takes the place of: those of its role that are not newer. */
export function outdatedBy(written: string, names: readonly string[]): readonly string[] {
  const mine = parseName(written);
  return names.filter((name) => {
    const other = parseName(name);
    return mine !== undefined && other?.role === mine.role && other.version <= mine.version && name !== written;
  });
}

/** A file, as it lies in the folder of its repository. */
export interface RoleFile {
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** The name of the file that would say this, and its bytes. */
export function writeRoleFile([role, seen]: SeenEntry, { gun, dialect }: FloorOwner, crypto: Cryptography): RoleFile {
  const { version, digest } = seen;
  const bytes = writeSealed(jsonObject({ schema: 1, gun, dialect: writeDialect(dialect.name), role, version, digest }), crypto);
  return { name: `role.${hexOf(encodeUtf8(role), crypto)}.${version}.${hexOf(bytes, crypto).slice(0, 32)}.json`, bytes };
}

/** Throws FormatError unless it is undamaged, of this repository, and what its name states. */
export function readRoleFile({ name, bytes }: RoleFile, owner: FloorOwner, crypto: Cryptography): SeenEntry {
  const where = 'seen role';
  const members = readSealed(bytes, where, crypto);
  refuseUnknown(members, ['schema', 'gun', 'dialect', 'role', 'version', 'digest'], where);
  const { gun, dialect } = ownerIn(members, where);
  const entry: SeenEntry = [
    parseNotaryRoleName(memberString(members, 'role', where)),
    {
      version: parseVersion(memberInteger(members, 'version', where), `${where}.version`),
      digest: parseDigest(memberString(members, 'digest', where)),
    },
  ];
  if (gun !== owner.gun || dialect !== owner.dialect.name || writeRoleFile(entry, owner, crypto).name !== name)
    throw new FormatError(
      'malformed',
      `${where}: it is of ${entry[0]} v${entry[1].version} of ${gun} (${dialect}), its place says otherwise`,
    );
  return entry;
}

const hexOf = (bytes: Uint8Array, crypto: Cryptography): string => encodeHex(crypto.digest('sha256', bytes));

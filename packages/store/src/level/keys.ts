// The keys of the LevelDB layout, version 1. Fields are separated by a space, which no field contains; numbers have 16 digits, so
// that they sort as numbers. `line.ts` says what LINE and LIFE are.
//
//   schema                                        1
//   last                                          position of the newest record
//   head GUN DIALECT                              the head, as JSON
//   version GUN DIALECT LINE ROLE VERSION         digest of a file
//   file GUN DIALECT LIFE ROLE DIGEST             the bytes of a file
//   draft GUN DIALECT ROLE                        the bytes of a draft that waits for signatures
//   seq GUN DIALECT SEQ                           position of a record
//   record POSITION                               the bytes of a record
//   claim KIND DIGEST                             the GUN that was first
import type { Digest, RoleName, Version } from '@countersign/core';
import { roleKey } from '../repository-key.ts';
import type { Claim } from '../store.ts';

export const schemaKey = 'schema';
export const lastKey = 'last';

const digits = 16;
export const numberField = (number: number): string => String(number).padStart(digits, '0');
/** The number of such a field, or `undefined`: only what `numberField` writes is read. */
export function readNumberField(field: string): number | undefined {
  const number = /^[0-9]{16}$/.test(field) ? Number(field) : undefined;
  return number !== undefined && Number.isSafeInteger(number) ? number : undefined;
}

/** Everything below takes a repository as `repositoryKey` writes it. */
export const headKey = (repository: string): string => `head ${repository}`;
export const versionKey = (repository: string, line: number, role: RoleName, version: Version): string =>
  `version ${repository} ${numberField(line)} ${roleKey(role)} ${numberField(version)}`;
export const fileKey = (repository: string, life: number, role: RoleName, digest: Digest): string =>
  `file ${repository} ${numberField(life)} ${roleKey(role)} ${digest}`;
export const draftKey = (repository: string, role: RoleName): string => `draft ${repository} ${roleKey(role)}`;
export const seqKey = (repository: string, seq: number): string => `seq ${repository} ${numberField(seq)}`;
export const recordKey = (position: number): string => `record ${numberField(position)}`;
export const claimKey = (claim: Claim): string => `claim ${claim.kind} ${claim.digest}`;

/** The fields of a key after the first, as the functions above wrote them. */
export const fieldsOf = (key: string): readonly string[] => key.split(' ').slice(1);

/** The range of all keys that begin with a first field; `!` is the character after the space. */
export const rangeOf = (field: string): { readonly gt: string; readonly lt: string } => ({ gt: `${field} `, lt: `${field}!` });

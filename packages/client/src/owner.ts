// Whose a file of the state or of the pins is: it names the repository, and the dialect where that is not TUF.
import { FormatError, type Gun, type JsonObject, memberString, optionalMemberString, parseGun, parseNotaryGun } from '@countersign/core';
import type { DialectName } from './repository-folder.ts';

export interface RepositoryName {
  readonly gun: Gun;
  readonly dialect: DialectName;
}

const GRAMMARS: Readonly<Record<DialectName, (text: string) => Gun>> = { tuf: parseGun, notary: parseNotaryGun };

const isDialect = (text: string): text is DialectName => Object.hasOwn(GRAMMARS, text);

/** Left out for TUF: files that were written before there was another dialect stay what they are. */
export const writeDialect = (dialect: DialectName): string | undefined => (dialect === 'tuf' ? undefined : dialect);

/** Throws FormatError. */
export function ownerIn(members: JsonObject, where: string): RepositoryName {
  const dialect = optionalMemberString(members, 'dialect', where) ?? 'tuf';
  if (!isDialect(dialect)) throw new FormatError('malformed', `${where}.dialect: wanted one of ${Object.keys(GRAMMARS).join(', ')}`);
  return { gun: GRAMMARS[dialect](memberString(members, 'gun', where)), dialect };
}

export const byName = (one: RepositoryName, other: RepositoryName): number =>
  one.gun === other.gun ? (one.dialect < other.dialect ? 1 : -1) : one.gun < other.gun ? -1 : 1;

// How a repository is called inside this service.
import { FormatError, type Gun, parseNotaryGun } from '@countersign/core';
import type { DialectName, RepositoryRef } from '@countersign/store';

export const repositoryOf = (gun: Gun, dialect: DialectName): RepositoryRef => ({ gun, dialect });

/** A key for maps and for the high-water file. Names may hold spaces, dialects do not. */
export const keyOf = ({ gun, dialect }: RepositoryRef): string => `${gun} ${dialect}`;

/** The repository of a key; undefined for a text that is none. */
export function repositoryOfKey(key: string): RepositoryRef | undefined {
  const space = key.lastIndexOf(' ');
  const dialect = key.slice(space + 1);
  if (space < 0 || (dialect !== 'tuf' && dialect !== 'notary')) return undefined;
  try {
    // The wider of the two grammars.
    return repositoryOf(parseNotaryGun(key.slice(0, space)), dialect);
  } catch (error) {
    if (error instanceof FormatError) return undefined;
    throw error;
  }
}

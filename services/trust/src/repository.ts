// How a repository is called inside this service.
import type { Gun } from '@countersign/core';
import type { DialectName, RepositoryRef } from '@countersign/store';

export const repositoryOf = (gun: Gun, dialect: DialectName): RepositoryRef => ({ gun, dialect });

/** A key for maps and for the high-water file. Names may hold spaces, dialects do not. */
export const keyOf = ({ gun, dialect }: RepositoryRef): string => `${gun} ${dialect}`;

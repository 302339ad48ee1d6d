// How a repository is called inside this service.
import type { Gun } from '@countersign/core';
import type { RepositoryRef } from '@countersign/store';

export const repositoryOf = (gun: Gun): RepositoryRef => ({ gun, dialect: 'tuf' });

/** A key for maps and for the high-water file. A GUN may hold spaces, a dialect holds none: the last one is where the GUN ends. */
export const keyOf = ({ gun, dialect }: RepositoryRef): string => `${gun} ${dialect}`;

// Where the files of a repository are below the address of its trust server.
import type { Dialect, Gun } from '@countersign/core';

const below = (server: URL, path: string): URL => new URL(path, server.href.endsWith('/') ? server : `${server.href}/`);

/** A metadata file: the base is that of any client of this dialect. */
export const metadataUrl = (server: URL, dialect: Dialect, gun: Gun, file: string): URL => below(server, `${dialect.home(gun)}${file}`);

/** What is ours alone. */
export const ownUrl = (server: URL, path: string): URL => below(server, `_countersign/v1/${path}`);

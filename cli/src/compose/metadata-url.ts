// Where the files of a repository are below the address of its trust server.
import type { Gun } from '@countersign/core';

const below = (server: URL, path: string): URL => new URL(path, server.href.endsWith('/') ? server : `${server.href}/`);

/** A metadata file: the base is that of any TUF client. */
export const metadataUrl = (server: URL, gun: Gun, file: string): URL => below(server, `v2/${gun}/_trust/metadata/${file}`);

/** What is ours alone. */
export const ownUrl = (server: URL, path: string): URL => below(server, `_countersign/v1/${path}`);

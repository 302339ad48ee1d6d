// The metadata files of a trust server, and how its answers are read.
import type { Dialect, Gun } from '@countersign/core';
import type { HttpClient, HttpReply, HttpRequest } from '@countersign/http';
import { asFolder } from './as-folder.ts';
import { serverError } from './problem.ts';

/** A file as it was served, and under which strong ETag. */
export interface ServedFile {
  readonly bytes: Uint8Array;
  readonly etag: string | undefined;
}

/** Where the files of repositories come from. */
export interface MetadataSource {
  /**
   * `path` below the metadata base of `gun`; undefined for status 404 and nothing else. `not-modified` only when `etag` was given.
   * Throws FetchError and ServerError: no 403, 5xx or redirect may ever read as "there is no newer root".
   */
  file(
    gun: Gun,
    path: string,
    bounds: { readonly maxLength: number; readonly etag?: string | undefined },
  ): Promise<ServedFile | 'not-modified' | undefined>;
}

export interface ServerAccess {
  readonly server: URL;
  readonly authorization: string | undefined;
  readonly http: HttpClient;
  readonly dialect: Pick<Dialect, 'home'>;
}

export type SendBelow = (
  gun: Gun,
  path: string,
  request: Pick<HttpRequest, 'method' | 'maxLength'> & Partial<HttpRequest>,
) => Promise<HttpReply>;

/** Sends a request below the metadata base of a repository. */
export function sendBelow({ server, authorization, http, dialect }: ServerAccess): SendBelow {
  const root = asFolder(server);
  const credentials = authorization === undefined ? {} : { authorization };
  return (gun, path, request) =>
    http.send({
      ...request,
      url: new URL(`${dialect.home(gun)}${path}`, root),
      headers: { ...credentials, ...request.headers },
      redirects: 'refuse',
    });
}

export function servedMetadata(access: ServerAccess): MetadataSource {
  const send = sendBelow(access);
  return {
    async file(gun, path, { maxLength, etag }) {
      const headers = etag === undefined ? {} : { 'if-none-match': etag };
      return servedFile(await send(gun, path, { method: 'GET', maxLength, headers }), access.server.host, etag);
    },
  };
}

/** What a server's answer to the request for a file says; `etag` was sent with it. */
export function servedFile(reply: HttpReply, host: string, etag: string | undefined): ServedFile | 'not-modified' | undefined {
  if (reply.status === 404) return undefined;
  if (reply.status === 304 && etag !== undefined) return 'not-modified';
  if (reply.status !== 200) throw serverError(host, reply);
  return { bytes: reply.body, etag: strongEtag(reply.headers.get('etag')) };
}

/** RFC 9110 §8.8.3. A weak one does not promise the same bytes. */
const strongEtag = (etag: string | undefined): string | undefined =>
  etag !== undefined && /^"[\x21\x23-\x7e]{1,120}"$/.test(etag) ? etag : undefined;

// The requests that a trust server answers: files, its public keys, and uploads.
import { type Cryptography, type Gun, type PublicKey, parseVersion, ROOT, type RoleName, tuf } from '@countersign/core';
import type { HttpClient, HttpReply, HttpRequest } from '@countersign/http';
import { asFolder } from './as-folder.ts';
import { ServerError } from './errors.ts';
import { listRepositories } from './list-repositories.ts';
import { writeMultipart } from './multipart.ts';
import { type PendingServer, pendingServer } from './pending-server.ts';
import { type Problem, problemOf, serverError } from './problem.ts';
import { readServerKey } from './server-key.ts';

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

export interface TrustServer extends MetadataSource {
  /** Whether there is a first root. */
  exists(gun: Gun, maxLength: number): Promise<boolean>;
  /** The key the server signs a role with, or the one it will rotate to. */
  key(gun: Gun, role: 'snapshot' | 'timestamp', which: 'current' | 'next'): Promise<PublicKey>;
  /** Every name that it lists for this caller, in its order. Throws ServerError, FetchError and FormatError. */
  repositories(): Promise<readonly Gun[]>;
  /** Undefined when the upload was accepted, otherwise the server's reason. Throws when there was no judgement at all. */
  upload(gun: Gun, parts: ReadonlyMap<RoleName, Uint8Array>): Promise<Problem | undefined>;
  /** Drafts that wait for signatures. */
  readonly pending: PendingServer;
}

export interface TrustServerOptions {
  readonly server: URL;
  readonly authorization: string | undefined;
  readonly http: HttpClient;
  readonly crypto: Cryptography;
  readonly random: (length: number) => Uint8Array;
}

const SMALL = 16_384;

export function trustServer({ server, authorization, http, crypto, random }: TrustServerOptions): TrustServer {
  const root = asFolder(server);
  const credentials = authorization === undefined ? {} : { authorization };

  const send = (gun: Gun, path: string, request: Pick<HttpRequest, 'method' | 'maxLength'> & Partial<HttpRequest>): Promise<HttpReply> =>
    http.send({
      ...request,
      url: new URL(`v2/${gun}/_trust/metadata/${path}`, root),
      headers: { ...credentials, ...request.headers },
      redirects: 'refuse',
    });

  const file: TrustServer['file'] = async (gun, path, { maxLength, etag }) => {
    const headers = etag === undefined ? {} : { 'if-none-match': etag };
    const reply = await send(gun, path, { method: 'GET', maxLength, headers });
    if (reply.status === 404) return undefined;
    if (reply.status === 304 && etag !== undefined) return 'not-modified';
    if (reply.status !== 200) throw serverError(root.host, reply);
    return { bytes: reply.body, etag: strongEtag(reply.headers.get('etag')) };
  };

  return {
    file,
    pending: pendingServer({ root, credentials, http }),
    exists: async (gun, maxLength) =>
      (await file(gun, tuf.path({ role: ROOT, version: parseVersion(1, 'version'), consistent: true }), { maxLength })) !== undefined,
    async key(gun, role, which) {
      const reply = await send(gun, `${role}.key`, { method: which === 'current' ? 'GET' : 'POST', maxLength: SMALL });
      if (reply.status === 404) throw new ServerError('unavailable', `${root.host}: it holds no ${role} keys (404)`);
      if (reply.status !== 200) throw serverError(root.host, reply, 'a key');
      return readServerKey(reply.body, role, crypto);
    },
    repositories: () =>
      listRepositories(async (query, maxLength) => {
        const url = new URL(`_countersign/v1/repositories${query}`, root);
        const reply = await http.send({ method: 'GET', url, maxLength, headers: credentials, redirects: 'refuse' });
        if (reply.status !== 200) throw serverError(root.host, reply, 'a list of repositories');
        return reply.body;
      }),
    async upload(gun, parts) {
      const { body, contentType } = writeMultipart(parts, random);
      const reply = await send(gun, '', { method: 'POST', maxLength: SMALL, body, headers: { 'content-type': contentType } });
      if (reply.status === 200) return undefined;
      const problem = problemOf(reply);
      const judged = reply.status >= 400 && reply.status < 500 && reply.status !== 401 && reply.status !== 403;
      if (!judged && problem.code !== 'busy') throw serverError(root.host, reply, 'an answer to the upload');
      return problem;
    },
  };
}

/** RFC 9110 §8.8.3. A weak one does not promise the same bytes. */
export const strongEtag = (etag: string | undefined): string | undefined =>
  etag !== undefined && /^"[\x21\x23-\x7e]{1,120}"$/.test(etag) ? etag : undefined;

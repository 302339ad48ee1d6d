// The requests that a trust server answers: files, its public keys, and uploads.
import { type Cryptography, type Dialect, firstVersions, type Gun, type PublicKey, ROOT, type RoleName } from '@countersign/core';
import { asFolder } from './as-folder.ts';
import { ServerError } from './errors.ts';
import { listRepositories } from './list-repositories.ts';
import { writeMultipart } from './multipart.ts';
import { type PendingServer, pendingServer } from './pending-server.ts';
import { type Problem, problemOf, serverError } from './problem.ts';
import { type MetadataSource, type ServerAccess, sendBelow, servedMetadata } from './served-metadata.ts';
import { readServerKey } from './server-key.ts';

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

export interface TrustServerOptions extends ServerAccess {
  readonly crypto: Cryptography;
  readonly random: (length: number) => Uint8Array;
  readonly dialect: Dialect;
}

const SMALL = 16_384;

export function trustServer({ crypto, random, ...access }: TrustServerOptions): TrustServer {
  const { server, authorization, http } = access;
  const root = asFolder(server);
  const credentials = authorization === undefined ? {} : { authorization };

  const send = sendBelow(access);
  const { file } = servedMetadata(access);

  return {
    file,
    pending: pendingServer({ root, credentials, http }),
    async exists(gun, maxLength) {
      for (const version of firstVersions(access)) {
        const path = access.dialect.path({ role: ROOT, version, consistent: true });
        if ((await file(gun, path, { maxLength })) !== undefined) return true;
      }
      return false;
    },
    async key(gun, role, which) {
      const reply = await send(gun, `${role}.key`, { method: which === 'current' ? 'GET' : 'POST', maxLength: SMALL });
      if (reply.status === 404) throw new ServerError('unavailable', `${root.host}: it holds no ${role} keys (404)`);
      if (reply.status !== 200) throw serverError(root.host, reply, 'a key');
      return readServerKey(reply.body, role, access.dialect, crypto);
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
      // Who asks too often is told so before anybody looks at the upload. A 429 without a code is how a Notary server tells of a lost race.
      const unjudged = [401, 403].includes(reply.status) || (reply.status === 429 && problem.code !== undefined);
      const judged = reply.status >= 400 && reply.status < 500 && !unjudged;
      if (!judged && problem.code !== 'busy') throw serverError(root.host, reply, 'an answer to the upload');
      return problem;
    },
  };
}

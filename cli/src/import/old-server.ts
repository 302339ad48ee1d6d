// An old server of Notary, asked for files and for nothing else: asking one for a key would make it one. What needs a token gets one as
// Notary's own clients do, from the realm that the server names, if that is its own host or listed.
import { ServerError } from '@countersign/client';
import type { Gun } from '@countersign/core';
import type { HttpClient, HttpReply } from '@countersign/http';
import type { Authorizer } from '@countersign/registry';
import { statusError } from '../compose/server-status.ts';

export interface OldServer {
  readonly url: URL;
  /** The bytes of a file below `_trust/tuf/`, or undefined for 404. Throws ServerError, FetchError and RegistryError. */
  get(gun: Gun, file: string, maxLength: number): Promise<Uint8Array | undefined>;
}

export function oldServer(url: URL, http: HttpClient, authorizer: Authorizer): OldServer {
  async function get(gun: Gun, file: string, maxLength: number): Promise<Uint8Array | undefined> {
    const purpose = { host: url.host, repository: gun, actions: 'pull' } as const;
    const ask = (authorization: string | undefined): Promise<HttpReply> =>
      http.send({
        method: 'GET',
        url: fileUrl(url, gun, file),
        ...(authorization === undefined ? {} : { headers: { authorization } }),
        maxLength,
        // Clients of Notary follow none, and so no server of theirs needs one.
        redirects: 'refuse',
      });
    const first = authorizer.known(purpose);
    let reply = await ask(first);
    if (reply.status === 401) reply = await ask(await authorizer.answer(purpose, reply, first));
    if (reply.status === 200) return reply.body;
    if (reply.status === 404) return undefined;
    if (reply.status >= 300 && reply.status < 400)
      throw new ServerError('unavailable', `${url.host}: wanted ${file}, got a redirect (${reply.status}), which is not followed`);
    throw statusError(url, file, reply);
  }
  return { url, get };
}

function fileUrl(server: URL, gun: Gun, file: string): URL {
  const base = server.href.endsWith('/') ? server.href : `${server.href}/`;
  return new URL(`${base}v2/${gunPath(gun)}/_trust/tuf/${file}`);
}

/** A name as it stands in a path: it may hold spaces, and whatever else a URL gives a meaning to. */
export const gunPath = (gun: Gun): string => gun.split('/').map(encodeURIComponent).join('/');

// Requests to one registry: which scheme it speaks, and the second try after it asked for credentials.
import { type HttpClient, type HttpReply, type HttpRequest, isFetchError, type Referral } from '@countersign/http';
import type { Authorizer, Purpose } from './authorize.ts';
import { RegistryError, statusError } from './errors.ts';
import { registryAuthority } from './reference.ts';

export interface Ask {
  readonly purpose: Purpose;
  readonly method: HttpRequest['method'];
  /** A path on the registry, beginning with `/v2/`, or a URL that the registry named. */
  readonly where: string | { readonly url: URL; readonly referral: Referral };
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array;
  readonly maxLength: number;
}

/** Sends; every status but 401 is an answer. Throws RegistryError `auth` when credentials do not help. */
export type Session = (ask: Ask) => Promise<HttpReply>;

export interface SessionOptions {
  readonly http: HttpClient;
  readonly plainHttp: 'loopback-only' | 'unsafe-anywhere';
  readonly authorizer: Authorizer;
}

/** Names that mean this machine, where registries speak plain http (Docker treats 127.0.0.0/8 the same way). */
const isLoopbackName = (host: string): boolean => /^(?:localhost|(?:[a-z0-9-]+\.)+localhost|127(?:\.\d{1,3}){3})(?::\d+)?$/.test(host);

type Scheme = 'https' | 'http';

const isNotTls = (error: unknown): boolean => isFetchError(error, 'unreachable') && error.details['step'] === 'tls';

/** What a server that speaks TLS does with plain http: a status 400 (Go, nginx), an answer that is none, or a closed connection. */
const mayWantTls = (error: unknown): boolean => isFetchError(error) && ['unreachable', 'bad-reply', 'plain-http'].includes(error.code);

export function createSession({ http, plainHttp, authorizer }: SessionOptions): Session {
  const schemes = new Map<string, Scheme>();

  /**
   * Finds the scheme that the server speaks, by the first request, which carries no credentials yet. On loopback, where nobody can
   * come between, http is tried first: making ready for TLS costs more than such a registry's whole answer.
   */
  async function discover(host: string, send: (scheme: Scheme) => Promise<HttpReply>): Promise<HttpReply> {
    const found = (scheme: Scheme, reply: HttpReply): HttpReply => {
      schemes.set(host, scheme);
      return reply;
    };
    if (isLoopbackName(host)) {
      const plain = await send('http').catch((error: unknown) => (mayWantTls(error) ? { error } : Promise.reject(error)));
      if (!('error' in plain) && plain.status !== 400) return found('http', plain);
      try {
        return found('https', await send('https'));
      } catch (error) {
        if (!isNotTls(error)) throw error;
        if ('error' in plain) throw plain.error;
        return found('http', plain);
      }
    }
    try {
      return found('https', await send('https'));
    } catch (error) {
      if (plainHttp !== 'unsafe-anywhere' || !isNotTls(error)) throw error;
      return found('http', await send('http'));
    }
  }

  /** The client checks that plain http goes nowhere but where it may. */
  async function sendTo(host: string, path: string, request: Omit<HttpRequest, 'url'>): Promise<HttpReply> {
    const authority = registryAuthority(host);
    const send = (scheme: Scheme): Promise<HttpReply> => http.send({ ...request, url: new URL(`${scheme}://${authority}${path}`) });
    const known = schemes.get(host);
    return known === undefined ? discover(host, send) : send(known);
  }

  /** Whether `url` is the registry itself: only there do credentials go. */
  function isOwn(host: string, url: URL): boolean {
    return url.host === new URL(`${url.protocol}//${registryAuthority(host)}`).host && url.protocol === `${schemes.get(host)}:`;
  }

  async function attempt(
    { purpose, method, where, headers = {}, body, maxLength }: Ask,
    authorization: string | undefined,
  ): Promise<HttpReply> {
    const redirects = method === 'GET' || method === 'HEAD' ? 'follow' : 'refuse';
    const own = typeof where === 'string' || isOwn(purpose.host, where.url);
    const proof = own && authorization !== undefined ? { authorization } : {};
    const request = { method, headers: { ...headers, ...proof }, ...(body === undefined ? {} : { body }), maxLength, redirects } as const;
    return typeof where === 'string' ? sendTo(purpose.host, where, request) : http.send({ ...request, ...where });
  }

  return async (ask) => {
    const { purpose } = ask;
    const first = authorizer.known(purpose);
    const reply = await attempt(ask, first);
    if (reply.status !== 401) return reply;
    // A challenge from where a redirect led is not the registry's, and gets no answer.
    if (!isOwn(purpose.host, reply.url))
      throw new RegistryError('auth', `${purpose.host}: sends us to ${reply.url.host}, which wants credentials of its own`);
    const second = await attempt(ask, await authorizer.answer(purpose, reply, first));
    if (second.status === 401) throw statusError(`${purpose.host}/${purpose.repository}`, second);
    return second;
  };
}

// One token from one realm, by Docker's protocol: GET with a password or without, POST with an identity token.
import { FormatError, isJsonObject, optionalMemberInteger, optionalMemberString, readJson } from '@countersign/core';
import { type HttpClient, type HttpReply, isFetchError, type Referral } from '@countersign/http';
import type { Credential } from './credentials/credential.ts';
import { quoteError, RegistryError, statusError } from './errors.ts';

export interface TokenQuestion {
  /** For messages. */
  readonly host: string;
  readonly realm: URL;
  readonly service: string | undefined;
  readonly scope: string;
  readonly credential: Exclude<Credential, { kind: 'registry-token' }> | undefined;
  /** The reply that carried the challenge: the realm is held to the rules of a redirect from there. */
  readonly referral: Referral;
}

export interface Token {
  readonly value: string;
  /** Seconds from the request on; at least 60, as the protocol promises. */
  readonly lifetime: number;
}

const CLIENT = 'countersign';
const LONGEST_REPLY = 262_144;
const SHORTEST_LIFE = 60;

/** The header for Basic. A colon in the user name would move into the password (RFC 7617 §2). */
export function basicHeader(host: string, username: string, password: string): string {
  if (username.includes(':')) throw new RegistryError('bad-credentials', `${host}: a user name cannot hold a colon`);
  return `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
}

async function send(http: HttpClient, question: TokenQuestion): Promise<HttpReply> {
  const { host, realm, service, scope, credential, referral } = question;
  const bounds = { maxLength: LONGEST_REPLY, redirects: 'refuse', referral } as const;
  const fields = { ...(service === undefined ? {} : { service }), scope, client_id: CLIENT };
  if (credential?.kind === 'identity-token') {
    const form = new URLSearchParams({ grant_type: 'refresh_token', ...fields, refresh_token: credential.token });
    const headers = { 'content-type': 'application/x-www-form-urlencoded' };
    return http.send({ ...bounds, method: 'POST', url: realm, headers, body: new TextEncoder().encode(form.toString()) });
  }
  const url = new URL(realm);
  for (const [name, value] of Object.entries(fields)) url.searchParams.append(name, value);
  const headers = credential === undefined ? {} : { authorization: basicHeader(host, credential.username, credential.password) };
  return http.send({ ...bounds, method: 'GET', url, headers });
}

function readToken(host: string, reply: HttpReply): Token {
  try {
    const { value: document } = readJson(reply.body, { maxDepth: 16 });
    if (!isJsonObject(document)) throw new FormatError('malformed', 'wanted an object');
    const value =
      optionalMemberString(document, 'token', 'token reply') || optionalMemberString(document, 'access_token', 'token reply') || '';
    const lifetime = Math.max(SHORTEST_LIFE, optionalMemberInteger(document, 'expires_in', 'token reply') ?? SHORTEST_LIFE);
    if (/^[\x21-\x7e]+$/.test(value)) return { value, lifetime };
  } catch (error) {
    if (!(error instanceof FormatError)) throw error; // the reply holds a token, so nothing of it is quoted
  }
  throw new RegistryError('bad-reply', `${host}: its token realm gave no token that can be read`);
}

/** Asks for a token. Throws RegistryError, and FetchError when the realm did not answer. */
export async function fetchToken(http: HttpClient, question: TokenQuestion): Promise<Token> {
  const { host, credential } = question;
  let reply: HttpReply;
  try {
    reply = await send(http, question);
  } catch (error) {
    if (!isFetchError(error, 'refused-redirect') && !isFetchError(error, 'refused-address')) throw error;
    throw new RegistryError('bad-realm', `${host}: its token realm leads elsewhere`, { cause: error });
  }
  if (reply.status === 200) return readToken(host, reply);
  if (reply.status === 401 || reply.status === 403 || reply.status === 400) {
    const code = credential === undefined ? 'auth' : 'bad-credentials';
    const who = credential === undefined ? 'gives nothing to someone without credentials' : 'refuses these credentials';
    throw new RegistryError(code, `${host}: its token realm ${who}${quoteError(reply)}`, { details: { status: reply.status } });
  }
  if (credential?.kind === 'identity-token' && (reply.status === 404 || reply.status === 405)) {
    throw new RegistryError('bad-credentials', `${host}: its token realm takes no identity tokens`);
  }
  throw statusError(`token realm of ${host}`, reply);
}

// Which redirects are followed, and with what. Nothing that proves who we are goes past the server it was meant for.
import { FetchError } from './errors.ts';
import type { HttpReply, HttpRequest } from './types.ts';

const MAX_REDIRECTS = 5;
const CREDENTIALS: ReadonlySet<string> = new Set(['authorization', 'cookie', 'proxy-authorization']);

/** Whether `reply` sends us elsewhere. 300 and 304 are answers. */
export const isRedirect = (reply: HttpReply): boolean => [301, 302, 303, 307, 308].includes(reply.status);

/** The request that `reply` asks for instead of `request`; `seen` holds every URL asked so far. Throws `refused-redirect`. */
export function redirected(request: HttpRequest, reply: HttpReply, seen: ReadonlySet<string>): HttpRequest {
  const { host } = reply.url;
  const refuse = (reason: string): FetchError => new FetchError('refused-redirect', `${host}: ${reason}`);
  if (request.redirects === 'refuse') throw refuse(`wanted an answer, got a redirect (${reply.status})`);
  if (request.method !== 'GET' && request.method !== 'HEAD') throw refuse(`a ${request.method} is not redirected`);
  const location = reply.headers.get('location');
  if (location === undefined || !URL.canParse(location, reply.url.href)) throw refuse('wanted a URL to redirect to, got none');
  const url = new URL(location, reply.url);
  url.hash = '';
  if (seen.has(url.href)) throw refuse('redirects run in a circle');
  if (seen.size > MAX_REDIRECTS) throw refuse(`wanted at most ${MAX_REDIRECTS} redirects, got more`);
  const kept = Object.entries(request.headers ?? {}).filter(([name]) => !CREDENTIALS.has(name.toLowerCase()));
  return { ...request, url, headers: Object.fromEntries(kept), referral: { url: reply.url, address: reply.address } };
}

// Checks a trust server from outside, as its callers meet it. What it says of itself is shown, not believed: nothing here decides what is
// trusted.
import type { Instant } from '@countersign/core';
import { type HttpClient, type HttpReply, isFetchError } from '@countersign/http';
import { counted } from '../counted.ts';
import { bad, type Finding, good, soon, unknown } from './finding.ts';

export interface Server {
  readonly url: URL;
  readonly http: HttpClient;
  readonly authorization: string | undefined;
  now(): Instant;
}

const MINUTE = 60_000;
const DAY = 86_400_000;
const MOST_REPOSITORIES = 50;

const REMEDIES: Readonly<Record<string, string>> = {
  'disk-full': 'make room on its disk: it goes on by itself',
  'disk-read-only': 'mount its file system so that it can be written, or replace the disk',
  'store-unsure': 'look at its log: the store cannot be opened anew',
  'store-unreachable': 'look at its database, and at the network between',
  'marks-unwritable': 'let the server write its high-water file again',
  'clock-jumped': 'set its clock right; when it is right now, restart the server',
  'must-restart': 'restart it',
};

export async function checkServer(server: Server): Promise<readonly Finding[]> {
  const live = await ask(server, 'livez').catch((error: unknown) => error);
  if (live instanceof Error) return [unreachable(server, live)];
  if (!isReply(live)) return [];
  const found: Finding[] = [good('reachable', `${server.url.host} answers`), clock(server, live)];
  if (live.status !== 200) {
    const remedy = 'check the URL: a proxy that answers for it, or a server of another kind or an older version';
    return [...found, unknown('ready', `it answered /livez with status ${live.status}`, remedy)];
  }
  found.push(await readiness(server), await openness(server), ...(await expiries(server)));
  return found;
}

function unreachable({ url }: Server, error: Error): Finding {
  if (isFetchError(error) && error.code === 'plain-http') return bad('reachable', error.message, 'name it with https, as its callers must');
  const certificate = isFetchError(error) && /certificate|tls|self.signed/i.test(`${error.message} ${String(error.code)}`);
  const remedy = certificate
    ? 'renew its certificate, send the whole chain, or name the authority with --ca-file'
    : 'start the server, and check the address, the port and what lies between';
  return bad('reachable', `${url.host}: ${error.message}`, remedy);
}

function clock({ now }: Server, { headers }: HttpReply): Finding {
  const date = Date.parse(headers.get('date') ?? '');
  if (Number.isNaN(date)) return unknown('clock', 'it says no time', 'let the proxy in front pass the Date header on');
  const seconds = Math.round(Math.abs(now() - date) / 1000);
  const says = `its clock and this one are ${seconds} s apart`;
  if (seconds * 1000 > 5 * MINUTE) return bad('clock', says, 'set both by NTP: readers refuse what is five minutes off');
  return seconds * 1000 > MINUTE ? soon('clock', says, 'set both by NTP') : good('clock', says);
}

async function readiness(server: Server): Promise<Finding> {
  const reply = await ask(server, 'readyz');
  if (reply.status === 200) return good('ready', 'reads and writes work');
  const { reasons } = jsonOf(reply);
  const named = Array.isArray(reasons) ? reasons.map(String).slice(0, 10) : [];
  const remedy = named.map((reason) => REMEDIES[reason] ?? 'look at its log').join('; ');
  return bad('ready', `it is not ready: ${named.join(', ') || `status ${reply.status}`}`, remedy || 'look at its log');
}

/** Asked as a stranger. */
async function openness(server: Server): Promise<Finding> {
  const reply = await ask({ ...server, authorization: undefined }, '_countersign/v1/repositories?limit=1');
  if (reply.status === 401) return good('access', 'strangers are asked for credentials');
  if (reply.status !== 200) return unknown('access', `a stranger was answered with status ${reply.status}`, 'look at its log');
  if (isLoopback(server.url.hostname))
    return soon(
      'access',
      'whoever reaches it may do everything, and it was asked on this machine',
      'give it --access where a proxy leads to it',
    );
  return bad('access', 'whoever reaches it may do everything', 'start it with --access, and look at what was published meanwhile');
}

/** What runs out, as the files say it: their signatures are for readers to check. */
async function expiries(server: Server): Promise<readonly Finding[]> {
  const listed = await ask(server, `_countersign/v1/repositories?limit=${MOST_REPOSITORIES}`);
  if (listed.status !== 200)
    return [unknown('expiry', 'the list of repositories is not for strangers', 'set COUNTERSIGN_TOKEN to a token that may pull')];
  const { repositories, next } = jsonOf(listed);
  const names = Array.isArray(repositories) ? repositories.filter((name) => typeof name === 'string') : [];
  const found: Finding[] = [];
  for (const name of names) for (const role of ['timestamp', 'root'] as const) found.push(...(await expiry(server, name, role)));
  const more = next === undefined ? '' : `, of the first ${MOST_REPOSITORIES}`;
  return found.length > 0
    ? found
    : [good('expiry', `nothing runs out soon: ${counted(names.length, 'repository was', 'repositories were')} asked for${more}`)];
}

async function expiry(server: Server, gun: string, role: 'timestamp' | 'root'): Promise<readonly Finding[]> {
  const reply = await ask(server, `v2/${gun}/_trust/metadata/${role}.json`);
  // Of Notary alone: its files are elsewhere.
  if (reply.status === 404) return [];
  if (reply.status !== 200) {
    const { code } = jsonOf(reply);
    const remedy = code === 'restored-store' ? 'bring the newer store back' : 'look at its log';
    return [bad('expiry', `${role} of ${gun}: status ${reply.status} ${String(code ?? '')}`, remedy)];
  }
  const { signed } = jsonOf(reply);
  const expires = typeof signed === 'object' && signed !== null && 'expires' in signed ? Date.parse(String(signed.expires)) : Number.NaN;
  if (Number.isNaN(expires)) return [bad('expiry', `${role} of ${gun} says no end`, 'look at the file')];
  const days = (expires - server.now()) / DAY;
  const remedy = role === 'timestamp' ? 'look at its log: it cannot sign' : `countersign renew ${gun}, by who holds its root keys`;
  if (days <= 0) return [bad('expiry', `${role} of ${gun} has run out`, remedy)];
  const [least, unit] = role === 'timestamp' ? [1, counted(Math.ceil(days * 24), 'hour')] : [30, counted(Math.floor(days), 'day')];
  return days < least ? [soon('expiry', `${role} of ${gun} runs out in ${unit}`, remedy)] : [];
}

function ask({ url, http, authorization }: Server, path: string): Promise<HttpReply> {
  const headers = authorization === undefined ? {} : { authorization };
  const base = url.href.endsWith('/') ? url : new URL(`${url.href}/`);
  return http.send({ method: 'GET', url: new URL(path, base), headers, maxLength: 1024 * 1024, redirects: 'refuse' });
}

function jsonOf({ body }: HttpReply): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(new TextDecoder().decode(body));
    return typeof value === 'object' && value !== null ? { ...value } : {};
  } catch (error) {
    if (error instanceof SyntaxError) return {};
    throw error;
  }
}

const isReply = (value: unknown): value is HttpReply => typeof value === 'object' && value !== null && 'status' in value;

const isLoopback = (host: string): boolean => host === 'localhost' || host === '[::1]' || /^127\./.test(host);

// Who may do what: a list of tokens, known by their SHA-256 alone, each with names and actions (Bearer, or the password of Basic).
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { Instant } from '@countersign/core';
import { z } from 'zod';
import { unreadable } from './config.ts';
import { type Wanted, wantedFor } from './docker-token/wanted.ts';
import { RequestError, StartError } from './errors.ts';
import { coversAll, coversGun } from './gun-glob.ts';
import type { Action, Problem, Scope } from './rights.ts';

export interface Caller {
  /** For logs: the entry's own name, or the first digits of its token's hash. */
  readonly name: string;
  /** Whom limits are counted for. Absent where anybody may come with the same credentials, or with none. */
  readonly account?: string;
  may(action: Action, scope: Scope): boolean;
}

export interface Access {
  /** Whoever can be told at once. Undefined says nothing yet: `identify` must be asked. */
  recall(authorization: string | undefined, now: Instant): Caller | undefined;
  /** Undefined for missing and for unknown credentials, and for those that are not good at `now`. */
  identify(authorization: string | undefined, now: Instant): Promise<Caller | undefined>;
  /** The value of `WWW-Authenticate` for somebody who needs `wanted`. */
  challenge(wanted: readonly Wanted[], problem: Problem): string;
}

const ANYBODY: Caller = { name: 'anybody', may: () => true };
/** Everybody who reaches the server: for loopback, or where an operator said that it is unsafe. */
export const openAccess: Access = { recall: () => ANYBODY, identify: async () => ANYBODY, challenge: () => BASIC };

/** Callers whom one of both knows; whoever is known to none is sent to the second. */
export function eitherAccess(first: Access, second: Access): Access {
  return {
    recall: (authorization, now) => first.recall(authorization, now) ?? second.recall(authorization, now),
    identify: async (authorization, now) => (await first.identify(authorization, now)) ?? (await second.identify(authorization, now)),
    challenge: (wanted, problem) => second.challenge(wanted, problem),
  };
}

const ENTRY = z.strictObject({
  sha256: z.string().regex(/^[0-9a-f]{64}$/, 'wanted the SHA-256 of a token in 64 lower-case hex digits'),
  name: z.string().min(1).max(100).optional(),
  guns: z.array(z.string().min(1)).min(1),
  actions: z.array(z.enum(['pull', 'push', 'admin'])).min(1),
});
const ENTRIES = z.array(ENTRY);
type Entry = z.infer<typeof ENTRY>;

/** Reads an access list: `[{"sha256": "…", "guns": ["registry.example.com/team/**"], "actions": ["pull"]}]`. Throws StartError. */
export function parseAccess(value: unknown, where: string): Access {
  const read = ENTRIES.safeParse(value);
  if (!read.success) {
    const [issue] = read.error.issues;
    const at = issue === undefined || issue.path.length === 0 ? '' : `entry ${issue.path.join('.')}: `;
    throw new StartError('invalid-config', `${where}: ${at}${(issue?.message ?? 'is unusable').slice(0, 200)}`);
  }
  const callers = new Map<string, Caller>();
  for (const [hash, entries] of grouped(read.data)) callers.set(hash, callerOf(hash, entries));
  const seen = new Map<string, Caller>();
  const recall = (authorization: string | undefined): Caller | undefined => {
    if (authorization === undefined) return undefined;
    // Hashing would be a third of the work of a ready answer. Headers that were good before are found by a seeded hash of the whole,
    // so that the time this takes tells nothing about a part of one.
    const known = seen.get(authorization);
    if (known !== undefined) return known;
    const token = tokenOf(authorization);
    const caller = token === undefined ? undefined : callers.get(createHash('sha256').update(token).digest('hex'));
    // The user name of Basic is anybody's choice, so that one token has no end of good headers.
    if (caller !== undefined && seen.size < MOST_SEEN) seen.set(authorization, caller);
    return caller;
  };
  return { recall, identify: async (authorization) => recall(authorization), challenge: () => BASIC };
}

export async function readAccessFile(file: string): Promise<Access> {
  let value: unknown;
  try {
    value = JSON.parse(await readFile(file, 'utf8'));
  } catch (cause) {
    throw unreadable(file, cause);
  }
  return parseAccess(value, file);
}

/** The caller, when the credentials allow `action` at `now`. Throws RequestError: `auth` or `forbidden`. */
export async function authorize(
  access: Access,
  authorization: string | undefined,
  action: Action,
  scope: Scope,
  now: Instant,
): Promise<Caller> {
  const caller = access.recall(authorization, now) ?? (await access.identify(authorization, now));
  if (caller === undefined) {
    const text = authorization === undefined ? 'this server asks for credentials' : 'these credentials are unknown here';
    const problem = authorization === undefined ? 'no-credentials' : 'unknown-credentials';
    const challenge = access.challenge([wantedFor(action, scope)], problem);
    throw new RequestError('auth', text, { details: { headers: { 'WWW-Authenticate': challenge } } });
  }
  if (scope === '*nothing' || caller.may(action, scope)) return caller;
  throw new RequestError('forbidden', `${caller.name} may not ${action} ${scope}`);
}

const MOST_SEEN = 1024;
// Tokens are taken as Bearer too, but clients of the registry protocol take the realm of Bearer for the URL of a token server.
const BASIC = 'Basic realm="countersign", charset="UTF-8"';

function grouped(entries: readonly Entry[]): ReadonlyMap<string, readonly Entry[]> {
  const groups = new Map<string, Entry[]>();
  for (const entry of entries) groups.set(entry.sha256, [...(groups.get(entry.sha256) ?? []), entry]);
  return groups;
}

function callerOf(hash: string, entries: readonly Entry[]): Caller {
  return {
    name: entries.find((entry) => entry.name !== undefined)?.name ?? `token ${hash.slice(0, 8)}`,
    account: `token ${hash}`,
    may: (action, scope) =>
      entries.some(
        ({ actions, guns }) =>
          actions.includes(action) && guns.some((glob) => (scope === '*everything' ? coversAll(glob) : coversGun(glob, scope))),
      ),
  };
}

function tokenOf(authorization: string): Buffer | undefined {
  const [, scheme = '', credentials = ''] = /^(bearer|basic) +([A-Za-z0-9._~+/-]+=*)$/i.exec(authorization) ?? [];
  if (scheme === '') return undefined;
  if (scheme.toLowerCase() === 'bearer') return Buffer.from(credentials);
  const pair = Buffer.from(credentials, 'base64');
  // RFC 7617 §2: the user-id holds no colon. Who it names does not matter, the token does.
  const colon = pair.indexOf(':');
  return colon < 0 ? undefined : pair.subarray(colon + 1);
}

// The requests about drafts that wait for signatures. What a server says of a draft is for lists alone: nobody signs on the strength of it.
import {
  type Digest,
  FormatError,
  type Gun,
  type Instant,
  isJsonObject,
  type JsonValue,
  memberArray,
  memberInteger,
  memberString,
  parseDigest,
  parseInstant,
  parseRoleName,
  parseVersion,
  type RoleName,
  readJson,
  type Version,
} from '@countersign/core';
import type { HttpClient, HttpReply, HttpRequest } from '@countersign/http';
import { type Problem, problemOf, serverError } from './problem.ts';

/** A draft as the server speaks of it. */
export interface PendingDraft {
  readonly role: RoleName;
  readonly version: Version;
  /** SHA-256 of the canonical `signed`. */
  readonly signed: Digest;
  /** From when to when the server keeps it. */
  readonly since: Instant;
  readonly until: Instant;
}

export interface PendingServer {
  /** Throws ServerError, FetchError or FormatError. */
  list(gun: Gun): Promise<readonly PendingDraft[]>;
  /** Undefined when none waits. */
  read(gun: Gun, role: RoleName, maxLength: number): Promise<Uint8Array | undefined>;
  /** Undefined when it is kept, otherwise the server's reason. */
  offer(gun: Gun, role: RoleName, file: Uint8Array): Promise<Problem | undefined>;
  /** Undefined when it is gone. */
  withdraw(gun: Gun, role: RoleName, signed: Digest | undefined): Promise<Problem | undefined>;
}

export interface PendingServerOptions {
  /** Ends with a slash. */
  readonly root: URL;
  readonly credentials: Readonly<Record<string, string>>;
  readonly http: HttpClient;
}

const SMALL = 65_536;

export function pendingServer({ root, credentials, http }: PendingServerOptions): PendingServer {
  const send = (gun: Gun, path: string, request: Pick<HttpRequest, 'method' | 'maxLength'> & Partial<HttpRequest>): Promise<HttpReply> =>
    http.send({
      ...request,
      url: new URL(`_countersign/v1/repositories/${gun}/pending${path}`, root),
      headers: credentials,
      redirects: 'refuse',
    });
  const judged = (reply: HttpReply): Problem | undefined => {
    if (reply.status === 200) return undefined;
    const isJudgement = reply.status >= 400 && reply.status < 500 && reply.status !== 401 && reply.status !== 403;
    if (!isJudgement) throw serverError(root.host, reply, 'an answer about a draft');
    return problemOf(reply);
  };
  return {
    async list(gun) {
      const reply = await send(gun, '', { method: 'GET', maxLength: SMALL });
      // A repository that is not there has no drafts either; a server that knows no drafts keeps none.
      if (reply.status === 404) return [];
      if (reply.status !== 200) throw serverError(root.host, reply, 'a list of drafts');
      return readList(reply.body);
    },
    async read(gun, role, maxLength) {
      const reply = await send(gun, `/${role}`, { method: 'GET', maxLength });
      if (reply.status === 404) return undefined;
      if (reply.status !== 200) throw serverError(root.host, reply, 'a draft');
      return reply.body;
    },
    offer: async (gun, role, file) => judged(await send(gun, `/${role}`, { method: 'PUT', maxLength: SMALL, body: file })),
    withdraw: async (gun, role, signed) =>
      judged(await send(gun, `/${role}${signed === undefined ? '' : `?signed=${signed}`}`, { method: 'DELETE', maxLength: SMALL })),
  };
}

const WHAT = 'the list of drafts';

function readList(body: Uint8Array): readonly PendingDraft[] {
  const { value } = readJson(body, { maxDepth: 4 });
  if (!isJsonObject(value) || value.get('schema') !== 1) throw new FormatError('malformed', `${WHAT}: wanted schema 1`);
  const drafts = memberArray(value, 'pending', WHAT).map(readDraft);
  if (new Set(drafts.map(({ role }) => role)).size !== drafts.length) throw new FormatError('malformed', `${WHAT}: names a role twice`);
  return drafts;
}

function readDraft(value: JsonValue): PendingDraft {
  if (!isJsonObject(value)) throw new FormatError('malformed', `${WHAT}: wanted objects`);
  const text = (name: string): string => memberString(value, name, WHAT);
  return {
    role: parseRoleName(text('role')),
    version: parseVersion(memberInteger(value, 'version', WHAT), 'version'),
    signed: parseDigest(text('signed')),
    since: parseInstant(text('since'), 'since'),
    until: parseInstant(text('until'), 'until'),
  };
}

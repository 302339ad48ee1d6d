// Our server, as an import speaks with it: how far a name has come, and one more part of it.
import { randomBytes } from 'node:crypto';
import { ServerError, serverError } from '@countersign/client';
import {
  CountersignError,
  concatBytes,
  encodeUtf8,
  FormatError,
  formatPin,
  type Gun,
  type ImportFile,
  type ImportTrust,
  isJsonObject,
  type JsonObject,
  memberArray,
  memberInteger,
  memberString,
  ReviewError,
  readJson,
  TrustError,
} from '@countersign/core';
import type { HttpClient, HttpReply } from '@countersign/http';
import { ownUrl } from '../compose/metadata-url.ts';
import { diverged } from './next-steps.ts';
import { gunPath } from './old-server.ts';

export interface Standing {
  readonly standing: string;
  readonly seq: number;
  /** Role to version and digest (`sha256:HEX`) of its newest file there. */
  readonly files: ReadonlyMap<string, { readonly version: number; readonly digest: string }>;
}

export interface Taken extends Standing {
  readonly added: number;
  readonly repeated: number;
  readonly leftOut: readonly { readonly role: string; readonly version: number; readonly why: string }[];
  readonly leftOutCount: number;
}

export interface NewServer {
  readonly url: URL;
  standing(gun: Gun): Promise<Standing>;
  /** Throws the error that the server names, ServerError or FetchError; then nothing of the part was kept. */
  send(gun: Gun, files: readonly ImportFile[], trust: ImportTrust, part: 'more' | 'last'): Promise<Taken>;
}

const LONGEST = 4 * 1024 * 1024;
const WHERE = 'answer to an import';

export function newServer(url: URL, http: HttpClient, authorization: string | undefined): NewServer {
  const address = (gun: Gun): URL => ownUrl(url, `repositories/${gunPath(gun)}/import`);
  const credentials = authorization === undefined ? {} : { authorization };
  return {
    url,
    async standing(gun) {
      const reply = await http.send({ method: 'GET', url: address(gun), headers: credentials, maxLength: LONGEST, redirects: 'refuse' });
      return standingOf(answerOf(url, reply, gun));
    },
    async send(gun, files, trust, part) {
      const target = address(gun);
      if (trust.pin !== undefined) target.searchParams.set('pin', formatPin(trust.pin));
      if (trust.unpinned === 'unsafe-trust') target.searchParams.set('unsafe-trust-first-root', 'true');
      target.searchParams.set('part', part);
      const { body, contentType } = multipartOf(files);
      const headers = { ...credentials, 'content-type': contentType };
      const reply = await http.send({ method: 'POST', url: target, headers, body, maxLength: LONGEST, redirects: 'refuse' });
      const answer = answerOf(url, reply, gun);
      return {
        ...standingOf(answer),
        added: memberInteger(answer, 'added', WHERE),
        repeated: memberInteger(answer, 'repeated', WHERE),
        leftOutCount: memberInteger(answer, 'leftOutCount', WHERE),
        leftOut: objectsIn(answer, 'leftOut').map((one) => ({
          role: memberString(one, 'role', WHERE),
          version: memberInteger(one, 'version', WHERE),
          why: memberString(one, 'why', WHERE),
        })),
      };
    },
  };
}

function multipartOf(files: readonly ImportFile[]): { readonly body: Uint8Array; readonly contentType: string } {
  // 128 random bits: no file can have been made to hold the boundary. Roles are of a grammar that needs no quoting.
  const boundary = `countersign-${randomBytes(16).toString('hex')}`;
  const pieces = files.flatMap(({ role, version, bytes }) => [
    encodeUtf8(
      `--${boundary}\r\nContent-Disposition: form-data; name="files"; filename="${version}.${role}.json"\r\nContent-Type: application/octet-stream\r\n\r\n`,
    ),
    bytes,
    encodeUtf8('\r\n'),
  ]);
  return { body: concatBytes(...pieces, encodeUtf8(`--${boundary}--\r\n`)), contentType: `multipart/form-data; boundary=${boundary}` };
}

const REVIEW = new Set(['wrong-version', 'refused-upload', 'unknown-role', 'impossible-role', 'server-key', 'foreign-metadata'] as const);
const TRUST = new Set(['signature', 'mismatch', 'untrusted-root', 'wrong-repository', 'rollback', 'limit'] as const);

function answerOf(server: URL, reply: HttpReply, gun: Gun): JsonObject {
  if (reply.status === 200) return objectOf(reply.body);
  const error = serverError(server.host, reply, `an import of ${gun}`);
  const code = error.details['code'];
  const context = { cause: error, details: error.details };
  const text = `${gun}: ${typeof error.details['detail'] === 'string' && error.details['detail'] !== '' ? error.details['detail'] : error.message}`;
  if (code === 'conflict') throw diverged(text, context);
  for (const known of REVIEW) if (known === code) throw new ReviewError(known, text, context);
  for (const known of TRUST) if (known === code) throw new TrustError(known, text, context);
  // `metadata-not-found`: how a notary-server spells it.
  if ((code === 'not-found' || code === 'metadata-not-found') && reply.status === 404)
    throw new ServerError(
      'unavailable',
      `${server.host} takes no imports of ${gun}: it is no trust server of Countersign, or keeps no such names`,
      context,
    );
  throw error;
}

function objectOf(body: Uint8Array): JsonObject {
  const { value } = readJson(body, { maxDepth: 8 });
  if (isJsonObject(value) && memberInteger(value, 'schema', WHERE) === 1) return value;
  throw new FormatError('malformed', `${WHERE}: wanted an object of schema 1`);
}

function standingOf(answer: JsonObject): Standing {
  const files = objectsIn(answer, 'files').map((one) => {
    const file = { version: memberInteger(one, 'version', WHERE), digest: memberString(one, 'digest', WHERE) };
    return [memberString(one, 'role', WHERE), file] as const;
  });
  return { standing: memberString(answer, 'standing', WHERE), seq: memberInteger(answer, 'seq', WHERE), files: new Map(files) };
}

function objectsIn(answer: JsonObject, name: string): readonly JsonObject[] {
  return memberArray(answer, name, WHERE).map((one) => {
    if (isJsonObject(one)) return one;
    throw new FormatError('malformed', `${WHERE}: ${name}: wanted objects`);
  });
}

/** What one repository may fail with without stopping the others. */
export const isOfOne = (error: unknown): error is CountersignError =>
  error instanceof CountersignError &&
  ['TrustError', 'FormatError', 'ReviewError', 'ServerError', 'RegistryError', 'FetchError'].includes(error.name);

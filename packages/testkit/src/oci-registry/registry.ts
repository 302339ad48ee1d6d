// A registry in memory, on loopback, for tests and the tour: real enough for docker, podman, skopeo and the OCI
// conformance suite, with hooks that make it lie.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Access, createAccess, type RegistryAuth } from './access.ts';
import { type Answer, type Call, Refusal } from './answer.ts';
import { answerBlob } from './blobs.ts';
import { digestWith, existing, type Repositories, repositoryFor } from './content.ts';
import { answerReferrers, answerTags } from './lists.ts';
import { answerManifest } from './manifests.ts';
import { createUploads, type Uploads } from './uploads.ts';

export interface RegistryOptions {
  /** No credentials unless given. */
  readonly auth?: RegistryAuth;
  /** The realm to name in challenges instead of the registry's own realm server. */
  readonly realm?: string;
  /** Asked before anything else; an answer of its own replaces the registry's. */
  readonly intercept?: (call: Call) => Answer | undefined;
}

/** A request that arrived, at the registry or at its realm. */
export interface LoggedRequest {
  readonly server: 'registry' | 'realm';
  readonly method: string;
  /** Path and query. */
  readonly path: string;
  readonly authorization: string | undefined;
  readonly body: string;
  readonly status: number;
}

export interface TestRegistry {
  /** `127.0.0.1:PORT`, the host of image references. */
  readonly host: string;
  /** The URL of the realm server that issues tokens. */
  readonly realm: string;
  /** Every request so far, oldest first. */
  readonly requests: readonly LoggedRequest[];
  /** Stores a blob without HTTP; gives its digest. */
  putBlob(repository: string, bytes: Uint8Array): string;
  /** Stores a manifest without HTTP, under `tag` if there is one; gives its digest. */
  putManifest(repository: string, tag: string | undefined, bytes: Uint8Array, mediaType: string): string;
  /** Attack: lets the tag point at another digest. */
  retag(repository: string, tag: string, digest: string): void;
  /** Attack: serves other bytes under the tag and under the digest it had, with the old digest in the headers. */
  replaceManifestBytes(repository: string, tag: string, bytes: Uint8Array): void;
  /** The digest that a tag points at, if there is one. */
  digestOfTag(repository: string, tag: string): string | undefined;
  /** Forgets every token that was issued. */
  revokeTokens(): void;
  close(): Promise<void>;
}

async function readCall(request: IncomingMessage): Promise<Call> {
  const pieces: Uint8Array[] = [];
  for await (const piece of request) pieces.push(piece);
  const headers = new Map<string, string>();
  for (const [name, value] of Object.entries(request.headers)) {
    if (value !== undefined) headers.set(name, typeof value === 'string' ? value : value.join(', '));
  }
  return {
    method: request.method ?? '',
    url: new URL(request.url ?? '/', 'http://registry.invalid'),
    headers,
    body: Buffer.concat(pieces),
  };
}

function write(response: ServerResponse, method: string, { status, headers, body = new Uint8Array() }: Answer): void {
  response.writeHead(status, { 'content-length': body.length, ...headers });
  response.end(method === 'HEAD' ? undefined : body);
}

const ACTIONS: ReadonlyMap<string, readonly string[]> = new Map([
  ['GET', ['pull']],
  ['HEAD', ['pull']],
  ['DELETE', ['delete']],
]);

function answer(all: Repositories, uploads: Uploads, access: Access, realm: string, call: Call): Answer {
  const path = decodeURIComponent(call.url.pathname);
  if (path === '/v2/' || path === '/v2') {
    access.check(call, realm, '', []);
    return {
      status: 200,
      headers: { 'docker-distribution-api-version': 'registry/2.0', 'content-type': 'application/json' },
      body: Buffer.from('{}'),
    };
  }
  const match = /^\/v2\/(.+)\/(?:(blobs\/uploads|manifests|blobs|referrers)\/([^/]*)|(tags)\/list)$/.exec(path);
  if (match === null) throw new Refusal(404, 'UNSUPPORTED', 'no such endpoint');
  const [, name = '', kind = 'tags', reference = ''] = match;
  const may = access.check(call, realm, name, ACTIONS.get(call.method) ?? ['pull', 'push']);
  if (kind === 'tags') return answerTags(all, name, call);
  if (kind === 'manifests') return answerManifest(all, name, reference, call);
  if (kind === 'referrers') return answerReferrers(all, name, reference, call);
  if (kind === 'blobs') return answerBlob(all, name, reference, call);
  if (reference !== '') return uploads.proceed(name, reference, call);
  if (call.method !== 'POST') throw new Refusal(405, 'UNSUPPORTED', 'the operation is unsupported');
  return uploads.begin(name, call, (source) => may(source, 'pull'));
}

async function listen(handle: (call: Call) => Answer): Promise<{ host: string; server: Server }> {
  const server = createServer((request, response) => {
    readCall(request)
      .then((call) => write(response, call.method, handle(call)))
      .catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? (address satisfies AddressInfo).port : 0;
  return { host: `127.0.0.1:${port}`, server };
}

const closing = (server: Server): Promise<void> =>
  new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });

/** Starts a registry (and its realm) on ports that the system chooses. Whoever starts it closes it. */
export async function startRegistry(options: RegistryOptions = {}): Promise<TestRegistry> {
  const all: Repositories = new Map();
  const uploads = createUploads(all);
  const access = createAccess(options.auth ?? { mode: 'none' });
  const requests: LoggedRequest[] = [];

  const logged =
    (server: LoggedRequest['server'], handle: (call: Call) => Answer) =>
    (call: Call): Answer => {
      let result: Answer;
      try {
        result = handle(call);
      } catch (error) {
        result = error instanceof Refusal ? error.answer : { status: 500, headers: {}, body: Buffer.from(String(error)) };
      }
      const { method, url, headers, body } = call;
      const text = server === 'realm' ? new TextDecoder().decode(body) : '';
      requests.push({
        server,
        method,
        path: `${url.pathname}${url.search}`,
        authorization: headers.get('authorization'),
        body: text,
        status: result.status,
      });
      return result;
    };

  const realmServer = await listen(logged('realm', (call) => access.token(call)));
  const realm = `http://${realmServer.host}/token`;
  const handle = (call: Call): Answer => options.intercept?.(call) ?? answer(all, uploads, access, options.realm ?? realm, call);
  const { host, server } = await listen(logged('registry', handle));

  return {
    host,
    realm,
    requests,
    putBlob(repository, bytes) {
      const digest = digestWith('sha256', bytes);
      repositoryFor(all, repository).blobs.set(digest, bytes);
      return digest;
    },
    putManifest(repository, tag, bytes, mediaType) {
      const digest = digestWith('sha256', bytes);
      const target = repositoryFor(all, repository);
      target.manifests.set(digest, { bytes, mediaType });
      if (tag !== undefined) target.tags.set(tag, digest);
      return digest;
    },
    retag(repository, tag, digest) {
      existing(all, repository).tags.set(tag, digest);
    },
    replaceManifestBytes(repository, tag, bytes) {
      const { tags, manifests } = existing(all, repository);
      const digest = tags.get(tag);
      const old = digest === undefined ? undefined : manifests.get(digest);
      if (digest === undefined || old === undefined) throw new Error(`${repository} has no tag ${tag}`);
      manifests.set(digest, { ...old, bytes });
    },
    digestOfTag: (repository, tag) => all.get(repository)?.tags.get(tag),
    revokeTokens: () => access.revoke(),
    close: async () => {
      await Promise.all([closing(server), closing(realmServer.server)]);
    },
  };
}

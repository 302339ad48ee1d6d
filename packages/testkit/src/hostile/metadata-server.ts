// A trust server in the hands of an attacker: it serves a simulator's files, except where it was told to lie.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What to do with one request instead of answering honestly. */
export type Lie =
  | { readonly do: 'status'; readonly status: number; readonly headers?: Readonly<Record<string, string>>; readonly body?: string }
  | { readonly do: 'bytes'; readonly bytes: Uint8Array; readonly headers?: Readonly<Record<string, string>> }
  /** Never stops sending. `declared` is the Content-Length it claims. */
  | { readonly do: 'endless'; readonly declared?: number }
  /** One byte a second. */
  | { readonly do: 'drip' }
  /** Accepts the request and never answers. */
  | { readonly do: 'silence' }
  | { readonly do: 'hang-up' };

export interface MetadataServer {
  readonly url: URL;
  /** Paths below the metadata base, in the order they were asked for, with what came of it. */
  readonly requests: {
    readonly method: string;
    readonly gun: string;
    readonly path: string;
    readonly status: number;
    readonly bytes: number;
  }[];
  /** How many bytes were written in lies that never end. */
  poured(): number;
  /** Lies by path below the metadata base; `*` is for every path. */
  readonly lies: Map<string, Lie>;
  /** Answers before anything else when it returns a lie. */
  intercept: ((gun: string, path: string) => Lie | undefined) | undefined;
  close(): Promise<void>;
}

/** What is served: GUN to files by path. */
export type Repositories = ReadonlyMap<string, { readonly served: ReadonlyMap<string, Uint8Array> }>;

// Of TUF, and of Notary, whose role names have slashes.
const ROUTE = /^\/v2\/(.+)\/_trust\/(?:metadata\/(?=[^/?]+$)|tuf\/)([^?]+)$/;

export async function startMetadataServer(repositories: Repositories): Promise<MetadataServer> {
  const lies = new Map<string, Lie>();
  const requests: MetadataServer['requests'] = [];
  let poured = 0;
  const state: { intercept: MetadataServer['intercept'] } = { intercept: undefined };

  const answer = (request: IncomingMessage, response: ServerResponse): void => {
    const [, name = '', path = ''] = ROUTE.exec(request.url ?? '') ?? [];
    const gun = decodeURIComponent(name);
    const lie = state.intercept?.(gun, path) ?? lies.get(path) ?? lies.get('*');
    const note = (status: number, bytes: number): void => {
      requests.push({ method: request.method ?? '', gun, path, status, bytes });
    };
    const send = (status: number, bytes: Uint8Array, headers: Readonly<Record<string, string>> = {}): void => {
      note(status, bytes.length);
      response.writeHead(status, { 'content-type': 'application/octet-stream', 'content-length': String(bytes.length), ...headers });
      response.end(bytes);
    };
    const honest = repositories.get(gun)?.served.get(path);
    if (lie === undefined) send(honest === undefined ? 404 : 200, honest ?? new TextEncoder().encode('{"code":"not-found"}'));
    else if (lie.do === 'status') send(lie.status, new TextEncoder().encode(lie.body ?? ''), lie.headers);
    else if (lie.do === 'bytes') send(200, lie.bytes, lie.headers);
    else {
      note(0, 0);
      if (lie.do === 'hang-up') request.socket.destroy();
      if (lie.do === 'endless') pour(response, lie.declared);
      if (lie.do === 'drip') drip(response);
    }
  };

  const pour = (response: ServerResponse, declared: number | undefined): void => {
    response.writeHead(200, declared === undefined ? {} : { 'content-length': String(declared) });
    const chunk = Buffer.alloc(16_384, 0x20);
    // A response with a declared length refuses to say more; its socket does not.
    const out = declared === undefined ? response : response.socket;
    const more = (): void => {
      while (out !== null && !out.destroyed) {
        poured += chunk.length;
        if (!out.write(chunk)) break;
      }
    };
    response.flushHeaders();
    out?.on('drain', more);
    more();
  };

  const drip = (response: ServerResponse): void => {
    response.writeHead(200);
    const timer = setInterval(() => response.write(' '), 1000);
    response.on('close', () => clearInterval(timer));
  };

  const server = createServer(answer);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: new URL(`http://127.0.0.1:${port}/`),
    requests,
    lies,
    poured: () => poured,
    get intercept() {
      return state.intercept;
    },
    set intercept(intercept) {
      state.intercept = intercept;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

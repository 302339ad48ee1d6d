// The network between client and trust server, in an attacker's hands: it forwards honestly until it is told otherwise.
import { createServer, request as forward } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What came for a path below the server's root. */
export interface Answer {
  readonly status: number;
  readonly body: Uint8Array;
}

/** Returns an answer to give instead of the server's, or undefined to forward. May return another path to ask for. */
export type Meddle = (path: string) => Answer | { readonly insteadAsk: string } | undefined;

export interface Wire {
  readonly url: string;
  /** The last honest answer to each path, as a replay needs them. */
  recorded(): ReadonlyMap<string, Answer>;
  meddle: Meddle;
  close(): Promise<void>;
}

const HONEST: Meddle = () => undefined;

export async function startWire(upstream: URL): Promise<Wire> {
  const recorded = new Map<string, Answer>();
  const state: { meddle: Meddle } = { meddle: HONEST };

  const server = createServer((request, response) => {
    const path = request.url ?? '/';
    const meddled = state.meddle(path);
    if (meddled !== undefined && 'status' in meddled) {
      response.writeHead(meddled.status, { 'content-length': meddled.body.length });
      response.end(meddled.body);
      return;
    }
    const { host: _host, ...headers } = request.headers;
    const options = { method: request.method, path: meddled?.insteadAsk ?? path, headers: { ...headers, host: upstream.host } };
    const outgoing = forward(upstream, options, (incoming) => {
      const chunks: Buffer[] = [];
      incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
      incoming.on('end', () => {
        const body = Buffer.concat(chunks);
        if (request.method === 'GET' && incoming.statusCode !== 304) recorded.set(path, { status: incoming.statusCode ?? 502, body });
        response.writeHead(incoming.statusCode ?? 502, incoming.headers);
        response.end(body);
      });
    });
    outgoing.on('error', () => response.writeHead(502).end());
    request.pipe(outgoing);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    recorded: () => new Map(recorded),
    get meddle() {
      return state.meddle;
    },
    set meddle(meddle) {
      state.meddle = meddle;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

export const honest: Meddle = HONEST;

// An old server of Notary on loopback, over plain HTTP: it serves what repositories hold, and lies where a test tells it to.
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { OldRepository } from './old-repository.ts';

/** True when it answered itself. */
export type OldLie = (
  request: IncomingMessage,
  response: ServerResponse,
  asked: { readonly gun: string; readonly file: string },
) => boolean;

export interface OldServerForTests {
  readonly url: string;
  /** Method and path of each request so far. */
  readonly requests: readonly string[];
  close(): Promise<void>;
}

export async function startOldServer(repositories: Iterable<OldRepository>, lie: OldLie = () => false): Promise<OldServerForTests> {
  const known = new Map([...repositories].map((repository) => [repository.gun, repository]));
  const requests: string[] = [];
  const server = createServer((request, response) => {
    const path = decodeURIComponent(request.url ?? '');
    requests.push(`${request.method} ${path}`);
    const [, gun = '', file = ''] = /^\/v2\/(.+)\/_trust\/tuf\/(.+)$/.exec(path) ?? [];
    if (lie(request, response, { gun, file })) return;
    const bytes = known.get(gun)?.answer(file);
    response.writeHead(bytes === undefined ? 404 : 200).end(bytes);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    async close() {
      server.closeAllConnections();
      server.close();
    },
  };
}

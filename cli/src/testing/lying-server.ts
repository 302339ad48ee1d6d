// A server that answers every request in one way, for tests of what happens then.
import { createServer, type RequestListener, type Server } from 'node:http';

export interface LyingServer {
  readonly url: string;
  readonly host: string;
  close(): Promise<void>;
}

export async function lyingServer(answer: RequestListener): Promise<LyingServer> {
  const server = createServer(answer);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const host = `127.0.0.1:${portOf(server)}`;
  return {
    url: `http://${host}`,
    host,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function portOf(server: Server): number {
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
}

/** Ways to answer wrongly, by what goes wrong. */
export const LIES: Readonly<Record<string, RequestListener>> = {
  'an error': (_, response) => void response.writeHead(500).end('boom'),
  'too many requests': (_, response) => void response.writeHead(429, { 'retry-after': '3' }).end(),
  'a redirect in a circle': (request, response) => void response.writeHead(302, { location: request.url ?? '/' }).end(),
  'a redirect elsewhere': (_, response) => void response.writeHead(302, { location: 'http://169.254.169.254/' }).end(),
  'a web page': (_, response) => void response.writeHead(200, { 'content-type': 'text/html' }).end('<html>hello</html>'),
  'an empty body': (_, response) => void response.writeHead(200).end(),
  'half a body': (_, response) => {
    response.writeHead(200, { 'content-length': '1000' });
    response.write('{"signed":');
    setTimeout(() => response.destroy(), 10);
  },
  'an endless body': (_, response) => {
    response.writeHead(200);
    const more = (): void => {
      while (!response.destroyed && response.write(Buffer.alloc(65_536)));
    };
    response.on('drain', more);
    more();
  },
  'a body that never comes': (_, response) => {
    response.writeHead(200, { 'content-length': '10' });
    response.write('{');
  },
  'no answer': () => undefined,
};

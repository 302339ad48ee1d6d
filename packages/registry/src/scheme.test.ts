// Which scheme a registry speaks: found out by a request that carries no credentials.
import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { connect, createServer as createTcpServer } from 'node:net';
import { portable } from '@countersign/core';
import { createHttp } from '@countersign/http';
import { LOOPBACK_CERTIFICATE } from '@countersign/testkit';
import { afterEach, describe, expect, it } from 'vitest';
import { createRegistry, type Registry } from './index.ts';

const open: { close(): unknown }[] = [];
afterEach(() => {
  for (const one of open.splice(0)) one.close();
});

const MANIFEST = JSON.stringify({ schemaVersion: 2, mediaType: 'application/vnd.oci.image.index.v1+json', manifests: [] });
const TLS_RECORD = 0x16;

/** Wants a password, and notes over which scheme it was offered one. */
const wantingPassword =
  (scheme: string, seen: string[]): RequestListener =>
  (request, reply) => {
    const { authorization } = request.headers;
    seen.push(`${scheme} ${authorization === undefined ? 'nothing' : 'password'}`);
    if (authorization === undefined) reply.writeHead(401, { 'www-authenticate': 'Basic realm="r"' }).end();
    else reply.writeHead(200, { 'content-type': 'application/vnd.oci.image.index.v1+json' }).end(MANIFEST);
  };

async function portOf(server: Server | ReturnType<typeof createTcpServer>): Promise<number> {
  open.push(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  return address !== null && typeof address === 'object' ? address.port : 0;
}

function registry(): Registry {
  const timeouts = { connectMs: 2000, idleMs: 2000, totalMs: 5000 };
  const http = createHttp({ plainHttp: 'loopback-only', timeouts, userAgent: 'test', caFor: () => LOOPBACK_CERTIFICATE.cert });
  open.push(http);
  const credentials = { credentialFor: async () => ({ kind: 'password', username: 'ann', password: 'hunter2' }) as const };
  return createRegistry({ http, credentials, plainHttp: 'loopback-only', crypto: portable(), realms: new Map(), now: () => 0 });
}

describe('a registry on loopback', () => {
  it('that speaks plain http is asked over nothing else', async () => {
    const seen: string[] = [];
    const port = await portOf(createServer(wantingPassword('http', seen)));
    await registry().manifest({ host: `127.0.0.1:${port}`, repository: 'app', reference: 'v1' });
    expect(seen).toEqual(['http nothing', 'http password']);
  });

  it('that speaks TLS, and closes other connections, is asked over TLS before it sees a password', async () => {
    const seen: string[] = [];
    const port = await portOf(createTlsServer(LOOPBACK_CERTIFICATE, wantingPassword('https', seen)));
    await registry().manifest({ host: `127.0.0.1:${port}`, repository: 'app', reference: 'v1' });
    expect(seen).toEqual(['https nothing', 'https password']);
  });

  it('that answers plain http with 400, as Go and nginx do on a TLS port, is asked over TLS before it sees a password', async () => {
    const seen: string[] = [];
    const secure = await portOf(createTlsServer(LOOPBACK_CERTIFICATE, wantingPassword('https', seen)));
    const port = await portOf(
      createTcpServer((socket) =>
        socket.once('data', (first) => {
          if (first[0] !== TLS_RECORD) {
            seen.push(String(first).includes('authorization') ? 'http password' : 'http nothing');
            socket.end('HTTP/1.0 400 Bad Request\r\n\r\nClient sent an HTTP request to an HTTPS server.\n');
            return;
          }
          const inner = connect(secure, '127.0.0.1');
          inner.write(first);
          socket.pipe(inner).pipe(socket);
          socket.on('error', () => inner.destroy());
          inner.on('error', () => socket.destroy());
        }),
      ),
    );
    await registry().manifest({ host: `127.0.0.1:${port}`, repository: 'app', reference: 'v1' });
    expect(seen).toEqual(['http nothing', 'https nothing', 'https password']);
  });

  it('that is not there is unreachable', async () => {
    const server = createServer();
    const port = await portOf(server);
    server.close();
    await once(server, 'close');
    await expect(registry().manifest({ host: `127.0.0.1:${port}`, repository: 'app', reference: 'v1' })).rejects.toMatchObject({
      code: 'unreachable',
    });
  });
});

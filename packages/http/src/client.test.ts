// Ordinary service: what is sent, what comes back, how connections are kept, how time runs out.

import { createServer, type RequestListener } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { type AddressInfo, createServer as createTcpServer, type Server, type Socket } from 'node:net';
import { LOOPBACK_CERTIFICATE } from '@countersign/testkit';
import { afterEach, describe, expect, it } from 'vitest';
import { createHttp, type HttpClient, type HttpOptions, type HttpRequest } from './index.ts';

const open: { close(): unknown }[] = [];
afterEach(() => {
  for (const one of open.splice(0)) one.close();
});

function listen(server: Server): Promise<number> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
  });
  open.push({ close: () => [server.close(), ...[...sockets].map((socket) => socket.destroy())] });
  return new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port)));
}

const serve = async (handler: RequestListener): Promise<string> => `http://127.0.0.1:${await listen(createServer(handler))}`;

function client(options: Partial<HttpOptions> = {}): HttpClient {
  const timeouts = { connectMs: 2000, idleMs: 2000, totalMs: 5000 };
  const http = createHttp({ plainHttp: 'loopback-only', timeouts, userAgent: 'countersign-test', ...options });
  open.push(http);
  return http;
}

const get = (url: string, more: Partial<HttpRequest> = {}): HttpRequest => ({
  method: 'GET',
  url: new URL(url),
  maxLength: 1000,
  redirects: 'follow',
  ...more,
});

const { cert, key } = LOOPBACK_CERTIFICATE;

describe('a request', () => {
  it('carries method, path, query, headers and body, and asks for no compression', async () => {
    const seen: unknown[] = [];
    const base = await serve((request, response) => {
      let body = '';
      request.on('data', (piece) => {
        body += piece;
      });
      request.on('end', () => {
        const { host, authorization, 'user-agent': agent, 'accept-encoding': encoding, 'content-length': length } = request.headers;
        seen.push({ method: request.method, url: request.url, host, authorization, agent, encoding, length, body });
        response.writeHead(202, { 'X-Answer': '42' }).end('done');
      });
    });
    const body = new TextEncoder().encode('hello');
    const headers = { Authorization: 'Bearer t', 'Accept-Encoding': 'gzip', Host: 'elsewhere.example' };
    const reply = await client().send({ ...get(`${base}/a/b?c=d#e`), method: 'PUT', headers, body });
    expect(seen).toEqual([
      {
        method: 'PUT',
        url: '/a/b?c=d',
        host: base.slice(7),
        authorization: 'Bearer t',
        agent: 'countersign-test',
        encoding: 'identity',
        length: '5',
        body: 'hello',
      },
    ]);
    expect([reply.status, reply.headers.get('x-answer'), new TextDecoder().decode(reply.body), reply.address]).toEqual([
      202,
      '42',
      'done',
      '127.0.0.1',
    ]);
  });

  it('that cannot be written fails like any other, without its secrets', async () => {
    const base = await serve((_request, response) => response.end());
    const error: unknown = await client()
      .send(get(base, { headers: { authorization: 'Bearer hunter2\r\nx: y' } }))
      .catch((caught: unknown) => caught);
    expect(error).toMatchObject({ name: 'FetchError', code: 'unreachable' });
    expect(String(error)).not.toContain('hunter2');
  });

  it('treats every status as an answer', async () => {
    const base = await serve((request, response) => response.writeHead(Number(request.url?.slice(1))).end());
    for (const status of [204, 304, 400, 401, 404, 500, 503]) expect((await client().send(get(`${base}/${status}`))).status).toBe(status);
  });

  it('reuses a connection, but never sends a POST on one that was kept', async () => {
    const ports: unknown[] = [];
    const base = await serve((request, response) => {
      ports.push(request.socket.remotePort);
      response.end('x');
    });
    const http = client();
    for (const method of ['GET', 'GET', 'POST', 'GET'] as const) await http.send({ ...get(base), method });
    expect([ports[1] === ports[0], ports[2] === ports[0], ports[3] === ports[0]]).toEqual([true, false, true]);
  });

  it('asks again on a new connection when the kept one was just closed by the server', async () => {
    let connections = 0;
    const port = await listen(
      createTcpServer((socket) => {
        connections += 1;
        let requests = 0;
        socket.on('data', () => {
          requests += 1;
          if (requests > 1) socket.destroy();
          else socket.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok');
        });
      }),
    );
    const http = client();
    for (let turn = 0; turn < 3; turn++) expect((await http.send(get(`http://127.0.0.1:${port}`))).status).toBe(200);
    expect(connections).toBe(3);
  });

  it('uploads a body in pieces that count as signs of life', async () => {
    const base = await serve((request, response) => {
      let length = 0;
      request.on('data', (piece: Uint8Array) => {
        length += piece.length;
      });
      request.on('end', () => response.end(String(length)));
    });
    const reply = await client().send({ ...get(base), method: 'PUT', body: new Uint8Array(3_000_000) });
    expect(new TextDecoder().decode(reply.body)).toBe('3000000');
  });
});

describe('TLS', () => {
  const serveTls = async (): Promise<number> => listen(createTlsServer({ cert, key }, (_request, response) => response.end('safe')));

  it('refuses a certificate that nobody vouches for', async () => {
    const port = await serveTls();
    await expect(client().send(get(`https://localhost:${port}`))).rejects.toMatchObject({
      code: 'unreachable',
      message: `localhost:${port}: its certificate is self-signed and not trusted`,
    });
  });

  it('accepts one that the caller vouches for, for that host only', async () => {
    const port = await serveTls();
    const http = client({ caFor: (host) => (host === `localhost:${port}` ? cert : undefined) });
    expect(new TextDecoder().decode((await http.send(get(`https://localhost:${port}`))).body)).toBe('safe');
    await expect(http.send(get(`https://127.0.0.1:${port}`))).rejects.toMatchObject({ code: 'unreachable' });
  });

  it('refuses a certificate of another name', async () => {
    const port = await serveTls();
    const lookup: HttpOptions['lookup'] = (_name, options, callback) =>
      options.all === true ? callback(null, [{ address: '127.0.0.1', family: 4 }]) : callback(null, '127.0.0.1', 4);
    const http = client({ caFor: () => cert, lookup });
    await expect(http.send(get(`https://registry.example:${port}`))).rejects.toMatchObject({
      message: `registry.example:${port}: its certificate is for another name`,
    });
  });

  it('says when the other side does not speak TLS at all', async () => {
    const base = await serve((_request, response) => response.end());
    await expect(client().send(get(base.replace('http', 'https')))).rejects.toMatchObject({
      code: 'unreachable',
      details: { step: 'tls' },
    });
  });

  it('does not take a server that refuses our TLS for one that speaks none', async () => {
    const server = createTlsServer({ cert, key, maxVersion: 'TLSv1.1', minVersion: 'TLSv1', ciphers: 'DEFAULT@SECLEVEL=0' });
    await expect(client().send(get(`https://localhost:${await listen(server)}`))).rejects.toMatchObject({
      code: 'unreachable',
      details: {},
    });
  });

  it('reports a certificate file that cannot be read', async () => {
    const port = await serveTls();
    const bad = '-----BEGIN CERTIFICATE-----\nnonsense\n-----END CERTIFICATE-----\n';
    await expect(client({ caFor: () => bad }).send(get(`https://localhost:${port}`))).rejects.toMatchObject({ code: 'unreachable' });
  });
});

describe('time and interruption', () => {
  const silent = (): Promise<number> => listen(createTcpServer(() => undefined));

  it('gives up on a server that says nothing', async () => {
    const http = client({ timeouts: { connectMs: 2000, idleMs: 50, totalMs: 5000 } });
    await expect(http.send(get(`http://127.0.0.1:${await silent()}`))).rejects.toMatchObject({
      code: 'timeout',
      message: /no sign of life/,
    });
  });

  it('gives up on a TLS handshake that does not end', async () => {
    const http = client({ timeouts: { connectMs: 50, idleMs: 2000, totalMs: 5000 } });
    await expect(http.send(get(`https://127.0.0.1:${await silent()}`))).rejects.toMatchObject({
      code: 'timeout',
      message: /no connection/,
    });
  });

  it('gives up on a slow drip that always shows a sign of life', async () => {
    const base = await serve((_request, response) => {
      const drip = setInterval(() => response.write('.'), 10);
      response.on('close', () => clearInterval(drip));
    });
    const http = client({ timeouts: { connectMs: 2000, idleMs: 2000, totalMs: 120 } });
    await expect(http.send(get(base))).rejects.toMatchObject({ code: 'timeout', message: /no complete reply within 120 ms/ });
  });

  it('counts redirects into the total', async () => {
    let hop = 0;
    const base = await serve((_request, response) => {
      setTimeout(() => response.writeHead(302, { location: `/${hop++}` }).end(), 50);
    });
    const http = client({ timeouts: { connectMs: 2000, idleMs: 2000, totalMs: 120 } });
    await expect(http.send(get(base))).rejects.toMatchObject({ code: 'timeout' });
  });

  it('stops at the signal of the caller, before and during the request', async () => {
    const url = `http://127.0.0.1:${await silent()}`;
    await expect(client().send(get(url, { signal: AbortSignal.abort() }))).rejects.toMatchObject({ code: 'interrupted' });
    const controller = new AbortController();
    const pending = client().send(get(url, { signal: controller.signal }));
    controller.abort(new Error('a reason of the caller'));
    await expect(pending).rejects.toMatchObject({ code: 'interrupted' });
  });

  it('fails what is under way, and everything later, once it is closed', async () => {
    const url = `http://127.0.0.1:${await silent()}`;
    const http = client();
    const pending = http.send(get(url));
    http.close();
    await expect(pending).rejects.toMatchObject({ code: 'interrupted' });
    await expect(http.send(get(url))).rejects.toMatchObject({ code: 'interrupted' });
  });

  it('says why nobody was reached', async () => {
    const server = createTcpServer();
    const port = await listen(server);
    await new Promise((resolve) => server.close(resolve));
    await expect(client().send(get(`http://127.0.0.1:${port}`))).rejects.toMatchObject({
      code: 'unreachable',
      message: `127.0.0.1:${port}: connection refused`,
    });
  });
});

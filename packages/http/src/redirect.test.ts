// Redirects, and the addresses that a redirect, a realm or a DNS answer may lead to.
import { createServer, type IncomingMessage, type RequestListener } from 'node:http';
import type { AddressInfo, LookupFunction, Socket } from 'node:net';
import { networkInterfaces } from 'node:os';
import { afterEach, describe, expect, it } from 'vitest';
import { createHttp, type HttpClient, type HttpOptions, type HttpReply, type HttpRequest, type Referral } from './index.ts';

const open: { close(): unknown }[] = [];
afterEach(() => {
  for (const one of open.splice(0)) one.close();
});

async function serve(handler: RequestListener, address = '127.0.0.1'): Promise<string> {
  const server = createServer(handler);
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => sockets.add(socket));
  open.push({ close: () => [server.close(), ...[...sockets].map((socket) => socket.destroy())] });
  await new Promise<void>((resolve) => server.listen(0, address, resolve));
  return `http://${address}:${(server.address() as AddressInfo).port}`;
}

function client(options: Partial<HttpOptions> = {}): HttpClient {
  const timeouts = { connectMs: 2000, idleMs: 2000, totalMs: 5000 };
  const http = createHttp({ plainHttp: 'loopback-only', timeouts, userAgent: 'test', ...options });
  open.push(http);
  return http;
}

const ask = (http: HttpClient, url: string, more: Partial<HttpRequest> = {}): Promise<HttpReply> =>
  http.send({ method: 'GET', url: new URL(url), maxLength: 1000, redirects: 'follow', ...more });

/** A resolver that knows one answer for each call, and how often it was asked. */
function resolver(...answers: readonly (readonly string[])[]): { lookup: LookupFunction; calls: () => number } {
  let calls = 0;
  const lookup: LookupFunction = (_name, options, callback) => {
    const answer = answers[Math.min(calls++, answers.length - 1)] ?? [];
    const found = answer.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }));
    if (options.all === true) setImmediate(callback, null, found);
    else setImmediate(callback, null, found[0]?.address ?? '', found[0]?.family ?? 4);
  };
  return { lookup, calls: () => calls };
}

// An address of this machine that is not loopback, so that real connections to "elsewhere" can be made.
const outside = Object.values(networkInterfaces())
  .flat()
  .find((one) => one !== undefined && one.family === 'IPv4' && !one.internal)?.address;

describe('a redirect', () => {
  it('is followed, with the reply saying where the body came from', async () => {
    const base = await serve((request, response) => {
      if (request.url === '/new?x=1') response.end('here');
      else response.writeHead(307, { location: '/new?x=1#part' }).end('moved');
    });
    const reply = await ask(client(), `${base}/old`);
    expect([reply.status, reply.url.href, new TextDecoder().decode(reply.body)]).toEqual([200, `${base}/new?x=1`, 'here']);
  });

  it('loses every credential, even on the way to the same server', async () => {
    const seen: IncomingMessage['headers'][] = [];
    const target = await serve((request, response) => {
      seen.push(request.headers);
      response.end();
    });
    const same = await serve((request, response) => {
      if (request.url !== '/again') return response.writeHead(302, { location: '/again' }).end();
      seen.push(request.headers);
      return response.writeHead(302, { location: target }).end();
    });
    await ask(client(), same, {
      headers: { AUTHORIZATION: 'Bearer secret', Cookie: 'a=b', 'Proxy-Authorization': 'c', Accept: 'text/plain' },
    });
    expect(seen.map(({ authorization, cookie, accept, 'proxy-authorization': proxy }) => [authorization, cookie, proxy, accept])).toEqual([
      [undefined, undefined, undefined, 'text/plain'],
      [undefined, undefined, undefined, 'text/plain'],
    ]);
  });

  it('is refused when the caller wants none, and for methods that change something', async () => {
    let asked = 0;
    const base = await serve((_request, response) => {
      asked += 1;
      response.writeHead(307, { location: '/elsewhere' }).end();
    });
    await expect(ask(client(), base, { redirects: 'refuse' })).rejects.toMatchObject({ code: 'refused-redirect' });
    for (const method of ['POST', 'PUT', 'DELETE'] as const) {
      await expect(ask(client(), base, { method })).rejects.toMatchObject({ code: 'refused-redirect' });
    }
    expect(asked).toBe(4);
  });

  it('is refused after five, in a circle, and to no URL', async () => {
    const base = await serve((request, response) => {
      const count = Number(request.url?.slice(1));
      const location = Number.isNaN(count) ? (request.url === '/none' ? undefined : '/circle') : count === 0 ? '/done' : `/${count - 1}`;
      if (request.url === '/done') response.end('done');
      else response.writeHead(302, location === undefined ? {} : { location }).end();
    });
    expect((await ask(client(), `${base}/4`)).status).toBe(200);
    await expect(ask(client(), `${base}/5`)).rejects.toMatchObject({ code: 'refused-redirect', message: /at most 5/ });
    await expect(ask(client(), `${base}/circle`)).rejects.toMatchObject({ code: 'refused-redirect', message: /circle/ });
    await expect(ask(client(), `${base}/none`)).rejects.toMatchObject({ code: 'refused-redirect', message: /got none/ });
  });

  it('is refused to other schemes and to URLs with a password', async () => {
    for (const location of ['file:///etc/passwd', 'ftp://127.0.0.1/', 'http://user:hunter2@127.0.0.1:1/']) {
      const base = await serve((_request, response) => response.writeHead(302, { location }).end());
      const error: unknown = await ask(client(), base).catch((caught: unknown) => caught);
      expect(error).toMatchObject({ code: 'refused-address' });
      expect(String(error)).not.toContain('hunter2');
    }
  });
});

describe('who named a URL', () => {
  const loopback = (): Promise<string> => serve((_request, response) => response.end('internal'));
  const from = (url: string, address: string): Referral => ({ url: new URL(url), address });

  it('over https may not lead to http', async () => {
    const referral = from('https://registry.example', '127.0.0.1');
    await expect(ask(client(), await loopback(), { referral })).rejects.toMatchObject({
      code: 'refused-redirect',
      message: /wanted https/,
    });
  });

  it('from afar may not lead nearer to us', async () => {
    const url = await loopback();
    for (const address of ['8.8.8.8', '10.0.0.1', '169.254.1.1', '::ffff:8.8.8.8']) {
      const referral = from('http://registry.example', address);
      await expect(ask(client(), url, { referral })).rejects.toMatchObject({ code: 'refused-address', message: /is loopback/ });
    }
    for (const address of ['127.0.0.2', '::1']) {
      expect((await ask(client(), url, { referral: from('http://registry.example', address) })).status).toBe(200);
    }
  });

  it('is asked also for a connection that was kept from before', async () => {
    const url = await loopback();
    const http = client();
    await ask(http, url);
    await expect(ask(http, url, { referral: from('http://registry.example', '8.8.8.8') })).rejects.toMatchObject({
      code: 'refused-address',
    });
  });

  it.skipIf(outside === undefined)('is judged by real addresses on both sides of a redirect', async () => {
    const inside = await loopback();
    const base = await serve((_request, response) => response.writeHead(302, { location: inside }).end(), outside);
    await expect(ask(client({ plainHttp: 'unsafe-anywhere' }), base)).rejects.toMatchObject({
      code: 'refused-address',
      message: /is loopback/,
    });
  });
});

describe('plain http', () => {
  const handler: RequestListener = (_request, response) => response.end('ok');

  it('is refused to an address that is not loopback, before anything is connected', async () => {
    for (const answer of [['192.0.2.200'], ['10.0.0.1', '8.8.8.8'], ['fd00::1']]) {
      const { lookup } = resolver(answer);
      await expect(ask(client({ lookup }), 'http://registry.example:1/')).rejects.toMatchObject({ code: 'plain-http' });
    }
    await expect(ask(client(), 'http://8.8.8.8:1/')).rejects.toMatchObject({ code: 'plain-http' });
    await expect(ask(client(), 'http://[::ffff:8.8.8.8]:1/')).rejects.toMatchObject({ code: 'plain-http' });
  });

  it('takes the loopback answer among others', async () => {
    const base = new URL(await serve(handler));
    const { lookup } = resolver(['8.8.8.8', '127.0.0.1']);
    expect((await ask(client({ lookup }), `http://registry.example:${base.port}/`)).address).toBe('127.0.0.1');
  });

  it('resolves a name once for each connection, so that a flipping answer changes nothing', async () => {
    const base = new URL(await serve(handler));
    const flipping = resolver(['127.0.0.1'], ['8.8.8.8']);
    const http = client({ lookup: flipping.lookup });
    expect((await ask(http, `http://registry.example:${base.port}/`)).status).toBe(200);
    expect(flipping.calls()).toBe(1);
    await expect(ask(http, `http://registry.example:${base.port}/`, { method: 'POST' })).rejects.toMatchObject({ code: 'plain-http' });
  });

  it.skipIf(outside === undefined)('writes nothing when the connected address is not the one that was looked up', async () => {
    let requests = 0;
    const base = new URL(
      await serve((_request, response) => {
        requests += 1;
        response.end();
      }, outside),
    );
    // The answer is an object whose address changes after it was checked: what a racing resolver would do to a client that looks twice.
    let reads = 0;
    const lookup: LookupFunction = (_name, _options, callback) => {
      const answer = {
        family: 4,
        get address(): string {
          reads += 1;
          return reads < 2 ? '127.0.0.1' : (outside ?? '');
        },
      };
      setImmediate(callback, null, [answer]);
    };
    const headers = { authorization: 'Bearer secret' };
    await expect(ask(client({ lookup }), `http://registry.example:${base.port}/`, { headers })).rejects.toMatchObject({
      code: 'plain-http',
      message: new RegExp(`its address is ${outside}`),
    });
    expect([requests, reads > 1]).toEqual([0, true]);
  });

  it.skipIf(outside === undefined)('goes anywhere when told so by name', async () => {
    expect((await ask(client({ plainHttp: 'unsafe-anywhere' }), await serve(handler, outside))).status).toBe(200);
  });
});

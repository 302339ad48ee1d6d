// Hostile replies, byte by byte from a raw socket.
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { gzipSync } from 'node:zlib';
import { afterEach, describe, expect, it } from 'vitest';
import { createHttp, type HttpReply } from './index.ts';

const open: { close(): unknown }[] = [];
afterEach(() => {
  for (const one of open.splice(0)) one.close();
});

/** A server that answers every request by `answer`, written as it is. */
async function raw(answer: (socket: Socket, request: string) => void): Promise<URL> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.on('data', (request) => answer(socket, request.toString()));
  });
  open.push({ close: () => [server.close(), ...[...sockets].map((socket) => socket.destroy())] });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/secret-path`);
}

function fetchFrom(url: URL, maxLength = 100, method: 'GET' | 'HEAD' = 'GET'): Promise<HttpReply> {
  const timeouts = { connectMs: 2000, idleMs: 2000, totalMs: 5000 };
  const http = createHttp({ plainHttp: 'loopback-only', timeouts, userAgent: 'test' });
  open.push(http);
  return http.send({ method, url, maxLength, redirects: 'refuse' });
}

const head = (lines: string): string => `HTTP/1.1 200 OK\r\n${lines}\r\n\r\n`;
const hundred = 'x'.repeat(100);

describe('the length of a body', () => {
  it('may be exactly the limit', async () => {
    expect((await fetchFrom(await raw((socket) => socket.write(head('Content-Length: 100') + hundred)))).body.length).toBe(100);
  });

  it('is refused by its declaration alone', async () => {
    const url = await raw((socket) => socket.write(head('Content-Length: 101'))); // the body never comes
    await expect(fetchFrom(url)).rejects.toMatchObject({ code: 'too-large', message: /wanted at most 100 bytes, got 101/ });
  });

  it('is refused when a chunked body does not end', async () => {
    let sent = 0;
    const url = await raw((socket) => {
      socket.write(head('Transfer-Encoding: chunked'));
      const more = (): void => {
        sent += 1;
        if (!socket.destroyed) socket.write(`64\r\n${hundred}\r\n`, more);
      };
      more();
    });
    await expect(fetchFrom(url, 100_000)).rejects.toMatchObject({ code: 'too-large' });
    expect(sent).toBeGreaterThan(999);
  });

  it('is refused when a body without length runs until the connection closes', async () => {
    const url = await raw((socket) => socket.end(`${head('Connection: close')}${hundred}y`));
    await expect(fetchFrom(url)).rejects.toMatchObject({ code: 'too-large' });
  });

  it('is refused when fewer bytes come than were declared', async () => {
    const url = await raw((socket) => socket.end(head('Content-Length: 100') + hundred.slice(1)));
    await expect(fetchFrom(url)).rejects.toMatchObject({ code: 'bad-reply', message: /ended after 99 bytes, too early/ });
  });

  it('is refused when a chunked body breaks off', async () => {
    const url = await raw((socket) => socket.end(`${head('Transfer-Encoding: chunked')}5\r\nhello\r\n`));
    await expect(fetchFrom(url)).rejects.toMatchObject({ code: 'bad-reply' });
  });

  it('is refused without a limit that is a number', async () => {
    const url = await raw((socket) => socket.write(`${head('Content-Length: 2')}ok`));
    await expect(fetchFrom(url, Number.NaN)).rejects.toMatchObject({ code: 'too-large' });
    const chunked = await raw((socket) => socket.write(`${head('Transfer-Encoding: chunked')}2\r\nok\r\n0\r\n\r\n`));
    await expect(fetchFrom(chunked, Number.NaN)).rejects.toMatchObject({ code: 'too-large' });
  });

  it('does not count for HEAD, which has no body', async () => {
    const url = await raw((socket) => socket.write(head('Content-Length: 5000')));
    const reply = await fetchFrom(url, 100, 'HEAD');
    expect([reply.headers.get('content-length'), reply.body.length]).toEqual(['5000', 0]);
  });

  it('cuts the body of an error instead of hiding the status', async () => {
    const url = await raw((socket) => socket.write(`HTTP/1.1 404 Not Found\r\nContent-Length: 5000\r\n\r\n${'e'.repeat(5000)}`));
    const reply = await fetchFrom(url);
    expect([reply.status, reply.body.length]).toEqual([404, 100]);
  });
});

describe('a reply', () => {
  it('is refused when it is compressed, even with an error status', async () => {
    const bomb = gzipSync(new Uint8Array(1_000_000));
    for (const status of ['200 OK', '500 Internal Server Error']) {
      for (const header of ['Content-Encoding: gzip', 'Content-Encoding: identity, gzip', 'Content-Encoding: GZIP']) {
        const url = await raw((socket) => {
          socket.write(`HTTP/1.1 ${status}\r\n${header}\r\nContent-Length: ${bomb.length}\r\n\r\n`);
          socket.write(bomb);
        });
        await expect(fetchFrom(url, 5000)).rejects.toMatchObject({ code: 'bad-reply', message: /uncompressed/ });
      }
    }
    const transfer = await raw((socket) => socket.end(head('Transfer-Encoding: gzip, chunked')));
    await expect(fetchFrom(transfer)).rejects.toMatchObject({ code: 'bad-reply' });
  });

  it('is refused when it is not HTTP, or HTTP with two lengths', async () => {
    const answers = [
      'SSH-2.0-OpenSSH\r\n',
      head('Content-Length: 1\r\nContent-Length: 2'),
      head('Content-Length: 2\r\nTransfer-Encoding: chunked'),
    ];
    for (const answer of answers) {
      await expect(fetchFrom(await raw((socket) => socket.end(answer)))).rejects.toMatchObject({ code: 'bad-reply' });
    }
  });

  it('is refused when its headers do not end', async () => {
    const url = await raw((socket) => socket.write(head(`X: ${'x'.repeat(100_000)}`)));
    await expect(fetchFrom(url)).rejects.toMatchObject({ code: 'bad-reply' });
  });

  it('is refused when it switches the protocol', async () => {
    const url = await raw((socket) => socket.write('HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n'));
    await expect(fetchFrom(url)).rejects.toMatchObject({ code: 'bad-reply' });
  });

  it('that never begins is no reply', async () => {
    await expect(fetchFrom(await raw((socket) => socket.destroy()))).rejects.toMatchObject({ code: 'unreachable' });
  });

  it('does not leak into the next one through a kept connection', async () => {
    const forged = `${head('Content-Length: 6')}forged`;
    for (const later of [false, true]) {
      const url = await raw((socket, request) => {
        const answer = request.includes('second') ? 'honest' : 'first!';
        socket.write(`${head('Content-Length: 6')}${answer}${later ? '' : forged}`);
        if (later && answer === 'first!') setImmediate(() => socket.write(forged));
      });
      const http = createHttp({
        plainHttp: 'loopback-only',
        timeouts: { connectMs: 2000, idleMs: 2000, totalMs: 5000 },
        userAgent: 'test',
      });
      open.push(http);
      const ask = async (query: string): Promise<string> => {
        const reply = await http.send({ method: 'GET', url: new URL(`?${query}`, url), maxLength: 100, redirects: 'refuse' });
        return new TextDecoder().decode(reply.body);
      };
      expect(await ask('first')).toBe('first!');
      await new Promise((resolve) => setTimeout(resolve, 20));
      expect(await ask('second')).toBe('honest');
    }
  });

  it('is not quoted, and neither is the path, in the text of an error', async () => {
    const url = await raw((socket) => socket.end('TOKEN=hunter2\r\n\r\n'));
    const error: unknown = await fetchFrom(url).catch((caught: unknown) => caught);
    expect(String(error)).not.toMatch(/hunter2|secret-path/);
  });
});

// One request and one reply on one connection, with the idle deadline.
import type { Agent, ClientRequest, IncomingMessage, request } from 'node:http';
import { readBody } from './body.ts';
import { FetchError } from './errors.ts';
import { fetchErrorOf, isDropped } from './failure.ts';
import type { HttpReply, HttpRequest } from './types.ts';

export interface Exchange {
  readonly open: typeof request;
  readonly agent: Agent;
  readonly method: HttpRequest['method'];
  readonly url: URL;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array | undefined;
  readonly maxLength: number;
  readonly onPiece: HttpRequest['onPiece'];
  readonly idleMs: number;
  /** Its reason is the FetchError to fail with. */
  readonly signal: AbortSignal;
  readonly addressOf: (socket: object) => string;
}

/** A kept connection that the peer closed before it answered: the request may be sent again if repeating it is harmless. */
export class StaleConnection extends FetchError {}

const WRITE_SIZE = 65_536;

/** Writes in pieces, so that a slow upload shows signs of life. */
function writeBody(request: ClientRequest, body: Uint8Array | undefined, alive: () => void): void {
  let offset = 0;
  const next = (error?: Error | null): void => {
    if (error !== undefined && error !== null) return; // the request's own error event tells
    alive();
    if (body === undefined || offset >= body.length) {
      request.end();
      return;
    }
    const piece = body.subarray(offset, offset + WRITE_SIZE);
    offset += piece.length;
    request.write(piece, next);
  };
  next();
}

function headerMap(reply: IncomingMessage): ReadonlyMap<string, string> {
  const headers = new Map<string, string>();
  for (const [name, value] of Object.entries(reply.headers)) {
    if (value !== undefined) headers.set(name, typeof value === 'string' ? value : value.join(', '));
  }
  return headers;
}

async function readReply(exchange: Exchange, reply: IncomingMessage, address: string, alive: () => void): Promise<HttpReply> {
  const { url, method, maxLength, onPiece } = exchange;
  const status = reply.statusCode ?? 0;
  const bodyless = method === 'HEAD' || status === 204 || status === 304;
  const over = status >= 300 ? 'cut' : 'refuse';
  const body = await readBody(reply, { host: url.host, maxLength, over, bodyless, alive, onPiece: over === 'cut' ? undefined : onPiece });
  return { status, headers: headerMap(reply), body, url, address };
}

/** Sends and reads to the end. Throws FetchError, after which the connection is gone. */
export function exchangeOnce(exchange: Exchange): Promise<HttpReply> {
  const { open, agent, method, url, headers, signal, idleMs } = exchange;
  return new Promise((resolve, reject) => {
    let answered = false;
    let idle: NodeJS.Timeout | undefined;
    const host = url.hostname.replace(/^\[|\]$/g, '');
    const port = Number(url.port) || (url.protocol === 'https:' ? 443 : 80);
    const path = `${url.pathname}${url.search}`;
    const request = open({
      agent,
      method,
      host,
      port,
      path,
      headers,
      setHost: false,
      insecureHTTPParser: false,
      joinDuplicateHeaders: true,
    });
    const stop = (): void => {
      clearTimeout(idle);
      signal.removeEventListener('abort', abort);
    };
    const fail = (error: unknown): void => {
      stop();
      request.destroy();
      const stale = !answered && request.reusedSocket && isDropped(error);
      reject(
        stale
          ? new StaleConnection('unreachable', `${url.host}: connection closed before a reply`, { cause: error })
          : fetchErrorOf(url.host, error),
      );
    };
    const abort = (): void => fail(signal.reason);
    const alive = (): void => {
      idle?.refresh();
    };
    signal.addEventListener('abort', abort, { once: true });
    request.on('error', fail);
    request.on('upgrade', () => fail(new FetchError('bad-reply', `${url.host}: wanted an HTTP reply, got an upgrade`)));
    request.on('close', () => {
      if (!answered) fail(new FetchError('unreachable', `${url.host}: connection closed before a reply`));
    });
    request.on('socket', () => {
      idle = setTimeout(() => fail(new FetchError('timeout', `${url.host}: no sign of life for ${idleMs} ms`)), idleMs);
    });
    request.on('response', (reply) => {
      answered = true;
      alive();
      const address = exchange.addressOf(reply.socket);
      readReply(exchange, reply, address, alive).then((read) => {
        stop();
        resolve(read);
      }, fail);
    });
    if (signal.aborted) abort();
    else writeBody(request, exchange.body, alive);
  });
}

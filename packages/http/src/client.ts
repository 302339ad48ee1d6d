// One client: it holds the connections, follows redirects hop by hop and keeps the total deadline.
import { createAgents } from './agents.ts';
import { FetchError } from './errors.ts';
import { exchangeOnce, StaleConnection } from './exchange.ts';
import { fetchErrorOf } from './failure.ts';
import { isRedirect, redirected } from './redirect.ts';
import { ruleFor } from './rule.ts';
import type { HttpClient, HttpOptions, HttpReply, HttpRequest } from './types.ts';

/** Request headers: ours win, because identity encoding, the host and the length are not for callers to change. */
function headersOf({ method, url, headers = {}, body }: HttpRequest, userAgent: string): Readonly<Record<string, string>> {
  const theirs = Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]);
  const hasLength = body !== undefined || method === 'POST' || method === 'PUT';
  return {
    ...Object.fromEntries(theirs),
    'user-agent': userAgent,
    'accept-encoding': 'identity',
    host: url.host,
    ...(hasLength ? { 'content-length': String(body?.length ?? 0) } : {}),
  };
}

/** Makes a client that speaks HTTP/1.1 over node:http, one set of connections for all its requests. Proxies are not supported. */
export function createHttp(options: HttpOptions): HttpClient {
  const { timeouts, userAgent, plainHttp } = options;
  const agents = createAgents(options);
  const running = new Set<AbortController>();
  let closed = false;

  async function hop(request: HttpRequest, signal: AbortSignal): Promise<HttpReply> {
    const { method, url, maxLength, body } = request;
    const rule = ruleFor(url, request.referral, plainHttp);
    const headers = headersOf(request, userAgent);
    const send = async (use: 'pooled' | 'single-use'): Promise<HttpReply> => {
      const { request: open, agent } = await agents.agentFor(rule, use);
      return exchangeOnce({
        open,
        agent,
        method,
        url,
        headers,
        body,
        maxLength,
        onPiece: request.onPiece,
        idleMs: timeouts.idleMs,
        signal,
        addressOf: agents.addressOf,
      });
    };
    if (method === 'POST' || method === 'DELETE') return send('single-use');
    try {
      return await send('pooled');
    } catch (error) {
      if (error instanceof StaleConnection) return send('single-use');
      throw error;
    }
  }

  async function follow(first: HttpRequest, signal: AbortSignal): Promise<HttpReply> {
    const seen = new Set<string>();
    let request: HttpRequest = { ...first, url: new URL(first.url) };
    for (;;) {
      seen.add(request.url.href);
      const reply = await hop(request, signal);
      if (!isRedirect(reply)) return reply;
      request = redirected(request, reply, seen);
    }
  }

  async function send(request: HttpRequest): Promise<HttpReply> {
    const { host } = request.url;
    const controller = new AbortController();
    const interrupt = (): void => controller.abort(new FetchError('interrupted', `${host}: the request was interrupted`));
    if (closed || request.signal?.aborted === true) interrupt();
    const late = (): void => controller.abort(new FetchError('timeout', `${host}: no complete reply within ${timeouts.totalMs} ms`));
    const deadline = setTimeout(late, timeouts.totalMs);
    request.signal?.addEventListener('abort', interrupt, { once: true });
    running.add(controller);
    try {
      return await follow(request, controller.signal);
    } catch (error) {
      throw fetchErrorOf(host, error);
    } finally {
      clearTimeout(deadline);
      request.signal?.removeEventListener('abort', interrupt);
      running.delete(controller);
    }
  }

  function close(): void {
    closed = true;
    for (const controller of running) controller.abort(new FetchError('interrupted', 'the client was closed'));
    agents.close();
  }

  return { send, close };
}

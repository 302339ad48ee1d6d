// One client: it holds the connections and refuses to outlive `close`.
import { FetchError } from './errors.ts';
import type { HttpClient, HttpOptions } from './types.ts';

/** Makes a client that speaks HTTP/1.1 over node:http, one set of connections for all its requests. */
export function createHttp(_options: HttpOptions): HttpClient {
  return {
    send: () => Promise.reject(new FetchError('unreachable', 'not written yet')),
    close: () => undefined,
  };
}

// How a fetch can fail. A status is no failure: what a 404 means is for the caller to say.
import { CountersignError } from '@countersign/core';

/**
 * `unreachable`: no connection, no TLS, or the connection ended before a reply began; `timeout`: connect, idle or total
 * deadline; `too-large`: more than `maxLength`; `refused-redirect`: a redirect that is not followed; `refused-address`: an
 * address or URL that must not be spoken to; `plain-http`: http to an address that is not loopback; `bad-reply`: broken,
 * truncated or compressed; `interrupted`: the caller's signal, or the client was closed.
 */
export type FetchCode =
  | 'unreachable'
  | 'timeout'
  | 'too-large'
  | 'refused-redirect'
  | 'refused-address'
  | 'plain-http'
  | 'bad-reply'
  | 'interrupted';

/** The only error that `HttpClient.send` throws. Its text names the host and the reason, never a path, query or header value. */
export class FetchError extends CountersignError<FetchCode> {
  override readonly name = 'FetchError';
}

/** Whether `error` is a FetchError, and of `code` when one is given. */
export function isFetchError(error: unknown, code?: FetchCode): error is FetchError {
  return error instanceof FetchError && (code === undefined || error.code === code);
}

// What a caller hands to the client and what comes back.
import type { LookupFunction } from 'node:net';

/** Deadlines in milliseconds. */
export interface Timeouts {
  /** From the start of a connection until it may carry a request: name resolution, TCP and TLS together. */
  readonly connectMs: number;
  /** Between two signs of life while a request is under way: bytes accepted from us, or bytes received. */
  readonly idleMs: number;
  /** From `send` to the last byte of the reply, redirects included: this is what stops a slow drip. */
  readonly totalMs: number;
}

export interface HttpOptions {
  /** Whether http (without TLS) may reach anything but a loopback address. */
  readonly plainHttp: 'loopback-only' | 'unsafe-anywhere';
  readonly timeouts: Timeouts;
  /** Certificates, as PEM, that are trusted for `host` (`name[:port]`, as in the URL) beside the ones Node trusts. */
  readonly caFor?: (host: string) => string | undefined;
  /** Name resolution as node:net takes it; the system's unless given. Its answers are checked, and so is the connected address. */
  readonly lookup?: LookupFunction;
  readonly userAgent: string;
}

/** Who named the URL of a request: a redirect, a token realm, an upload Location or a Link. */
export interface Referral {
  readonly url: URL;
  /** The address that reply came from (`HttpReply.address`). */
  readonly address: string;
}

export interface HttpRequest {
  readonly method: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'DELETE';
  /** http or https, without user name and password. */
  readonly url: URL;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array;
  /**
   * The most bytes a body may have. A longer one is `too-large`; only with a status of 300 and up it is cut off there
   * instead, because such a body is quoted at most, never believed, and must not hide the status.
   */
  readonly maxLength: number;
  /**
   * Is handed the body of a reply below 300 piece by piece, in place of keeping it: `HttpReply.body` is empty then. The next piece is
   * read when it resolves; when it rejects, so does `send`. A body that breaks off has been handed on up to there.
   */
  readonly onPiece?: (piece: Uint8Array) => Promise<void>;
  /** `follow` follows at most 5 redirects of GET and HEAD, without credentials. */
  readonly redirects: 'refuse' | 'follow';
  /** When another server named this URL: the connection is then held to the rules of a redirect from there. */
  readonly referral?: Referral;
  readonly signal?: AbortSignal;
}

export interface HttpReply {
  readonly status: number;
  /** Names in lower case; repeated headers joined with a comma. */
  readonly headers: ReadonlyMap<string, string>;
  readonly body: Uint8Array;
  /** Where the body came from: the last hop. */
  readonly url: URL;
  /** The IP address of that hop, as connected. */
  readonly address: string;
}

/** Keeps connections alive between requests; whoever made it closes it. Any number of requests may run at once. */
export interface HttpClient {
  /** One request, redirects included. Throws FetchError and nothing else; every HTTP status is an answer. */
  send(request: HttpRequest): Promise<HttpReply>;
  /** Ends every connection; requests under way and later ones fail with `interrupted`. */
  close(): void;
}

// The door of the bounded HTTP client.

export { createHttp } from './client.ts';
export type { FetchCode } from './errors.ts';
export { FetchError, isFetchError } from './errors.ts';
export type { HttpClient, HttpOptions, HttpReply, HttpRequest, Referral, Timeouts } from './types.ts';

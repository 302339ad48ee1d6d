// The door of the bounded HTTP client, and of what servers ask of a request before they read it.

export { CertificateFiles, type CertificateLog, type Certified, stateOf } from './certificate-files.ts';
export { createHttp } from './client.ts';
export type { FetchCode } from './errors.ts';
export { FetchError, isFetchError } from './errors.ts';
export { endingOlder } from './older-connections.ts';
export { HEADERS_READ, type Unclear, type UnclearRequest, unclearRequest } from './one-reading.ts';
export { begun, type RequiredClients, requiredClients, stopped } from './server-life.ts';
export type { HttpClient, HttpOptions, HttpReply, HttpRequest, Referral, Timeouts } from './types.ts';

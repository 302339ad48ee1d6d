// From what node:net, node:tls and node:http report to one FetchError. The text is chosen by error code: Node's own
// texts may quote what the server sent.
import { FetchError } from './errors.ts';

const REASONS: ReadonlyMap<string, string> = new Map([
  ['ENOTFOUND', 'no such host'],
  ['EAI_AGAIN', 'name resolution failed'],
  ['ECONNREFUSED', 'connection refused'],
  ['EHOSTUNREACH', 'no route to it'],
  ['ENETUNREACH', 'no route to it'],
  ['ECONNRESET', 'connection closed before a reply'],
  ['EPIPE', 'connection closed before a reply'],
  ['CERT_HAS_EXPIRED', 'its certificate has expired'],
  ['ERR_TLS_CERT_ALTNAME_INVALID', 'its certificate is for another name'],
  ['DEPTH_ZERO_SELF_SIGNED_CERT', 'its certificate is self-signed and not trusted'],
  ['SELF_SIGNED_CERT_IN_CHAIN', 'its certificate comes from an authority that is not trusted'],
  ['UNABLE_TO_GET_ISSUER_CERT', 'its certificate comes from an authority that is not trusted'],
  ['UNABLE_TO_GET_ISSUER_CERT_LOCALLY', 'its certificate comes from an authority that is not trusted'],
  ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'its certificate comes from an authority that is not trusted'],
]);

const codeOf = (error: unknown): string => (error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '');

/** Whether the peer dropped a kept connection: what happens when it closes just as a request is written. */
export const isDropped = (error: unknown): boolean => ['ECONNRESET', 'EPIPE'].includes(codeOf(error));

/** `error`, which kept `host` from answering, as a FetchError. */
export function fetchErrorOf(host: string, error: unknown): FetchError {
  if (error instanceof FetchError) return error;
  const code = codeOf(error);
  if (code === 'ETIMEDOUT') return new FetchError('timeout', `${host}: connection timed out`, { cause: error });
  if (code.startsWith('HPE_')) return new FetchError('bad-reply', `${host}: wanted an HTTP reply, got ${code}`, { cause: error });
  return new FetchError('unreachable', `${host}: ${REASONS.get(code) ?? (code === '' ? 'request failed' : `failed with ${code}`)}`, {
    cause: error,
  });
}

/**
 * The same for the time between TCP and the first request. `details.step` is `tls` when the answer to our TLS was not TLS:
 * the usual sign of a server that speaks plain http there. A server that refuses in TLS, by an alert, does speak it.
 */
export function handshakeErrorOf(host: string, error: unknown): FetchError {
  const code = codeOf(error);
  if (/^ERR_SSL_.*ALERT/.test(code)) return new FetchError('unreachable', `${host}: refuses our TLS, ${code}`, { cause: error });
  if (!isDropped(error) && code !== 'EPROTO' && !code.startsWith('ERR_SSL_')) return fetchErrorOf(host, error);
  return new FetchError('unreachable', `${host}: TLS was not answered with TLS`, { cause: error, details: { step: 'tls' } });
}

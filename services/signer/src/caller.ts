// Who asks: the subject of the certificate that the connection was made with. Node has verified it against the authorities by then.
import type { TLSSocket } from 'node:tls';
import type { SignerConfig } from './config.ts';
import { ServiceError } from './errors.ts';

export interface Caller {
  /** The common name; undefined in a certificate that has none, or several. */
  readonly name: string | undefined;
  /** As audit lines name it. */
  readonly subject: string;
  /** SHA-256 of the certificate, as tools print it. */
  readonly certificate: string;
}

export type Right = 'sign' | 'administer';

export function callerOf(socket: TLSSocket): Caller {
  const { subject, fingerprint256 } = socket.getPeerCertificate();
  const parts = Object.entries(subject ?? {}).map(([key, value]) => `${key}=${[value].flat().join('+')}`);
  const name: unknown = subject?.CN;
  return {
    name: typeof name === 'string' ? name : undefined,
    // A subject may hold anything: as JSON text it cannot pass for another member of the line.
    subject: parts.join(', ').slice(0, 300),
    certificate: fingerprint256 ?? '',
  };
}

/** Throws ServiceError(`forbidden`). */
export function checkRight({ name }: Caller, right: Right, { callers, administrators }: SignerConfig): void {
  const allowed = right === 'sign' ? [...callers, ...administrators] : administrators;
  if (name !== undefined && allowed.includes(name)) return;
  const who = right === 'sign' ? 'a trust server of this service' : 'an administrator of this service';
  throw new ServiceError('forbidden', `the certificate of ${name?.slice(0, 80) ?? 'nobody'} is not that of ${who}`);
}

// The HTTPS server: nobody gets as far as a request without a certificate of the named authorities, and whoever is turned away is logged.
import { readFile } from 'node:fs/promises';
import type { RequestListener } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { createSecureContext, DEFAULT_CIPHERS } from 'node:tls';

import { HEADERS_READ } from '@countersign/http';
import type { SignerConfig } from './config.ts';
import { SetupError } from './errors.ts';
import type { Logger } from './log.ts';

export interface Listener {
  readonly url: string;
  /** Takes no more requests, and resolves when those under way are answered or `patience` milliseconds are over. */
  close(patience: number): Promise<void>;
}

/** Throws SetupError: `cannot-listen`, or `invalid-config` for certificates that cannot be read. */
export async function listen(config: SignerConfig, handler: RequestListener, log: Logger): Promise<Listener> {
  const { requestTimeout, listen: at } = config;
  const times = {
    requestTimeout,
    headersTimeout: Math.min(15_000, requestTimeout),
    connectionsCheckingInterval: 1_000,
    keepAliveTimeout: 30_000,
  };
  const server = createServer(
    {
      ...times,
      ...(await identity(config)),
      requestCert: true,
      rejectUnauthorized: true,
      minVersion: 'TLSv1.2',
      // Certificates are all that tells who asks: none with less than 112 bits of strength, whatever the system would take.
      ciphers: `${DEFAULT_CIPHERS}:@SECLEVEL=2`,
      maxHeaderSize: 16_384,
    },
    handler,
  );
  server.timeout = 2 * requestTimeout;
  server.maxHeadersCount = HEADERS_READ;
  server.on('tlsClientError', (error, socket) => {
    log.warn({ code: 'no-connection', from: socket.remoteAddress, why: error.message.slice(0, 200) }, 'refused');
  });
  await started(server, at);
  const { port } = server.address() as AddressInfo;
  const host = at.host.includes(':') ? `[${at.host}]` : at.host;
  return { url: `https://${host}:${port}`, close: (patience) => stopped(server, patience) };
}

async function identity({ tls }: SignerConfig): Promise<{ readonly cert: Buffer; readonly key: Buffer; readonly ca: string[] }> {
  try {
    const [cert, key, authorities] = await Promise.all([readFile(tls.cert), readFile(tls.key), readFile(tls.clientCa, 'utf8')]);
    const ca = authorities.match(/-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/g);
    // Without an authority in it, Node would take the certificates of any public authority.
    if (ca === null) throw new SetupError('invalid-config', `${tls.clientCa}: wanted certificates in PEM`);
    checkPair(cert, key, `${tls.cert} and ${tls.key}`);
    return { cert, key, ca: [...ca] };
  } catch (cause) {
    if (cause instanceof SetupError) throw cause;
    const why = cause instanceof Error ? cause.message : 'unknown';
    throw new SetupError('invalid-config', `the certificates cannot be read: ${why}`, { cause });
  }
}

/** Throws SetupError for a key of another certificate, and for files in each other's place. */
function checkPair(cert: Buffer, key: Buffer, names: string): void {
  try {
    createSecureContext({ cert, key });
  } catch (cause) {
    const text = `${names} cannot be used for TLS: wanted a certificate in PEM in the first, and in the second its own private key without a passphrase`;
    throw new SetupError('invalid-config', text, { cause });
  }
}

function started(server: Server, { host, port }: SignerConfig['listen']): Promise<void> {
  return new Promise((resolve, reject) => {
    const failed = (cause: Error): void =>
      reject(new SetupError('cannot-listen', `cannot listen on ${host}:${port}: ${cause.message}`, { cause }));
    server.once('error', failed);
    server.listen(port, host, () => {
      server.off('error', failed);
      resolve();
    });
  });
}

function stopped(server: Server, patience: number): Promise<void> {
  return new Promise((resolve) => {
    const sweep = setInterval(() => server.closeIdleConnections(), 20);
    const force = setTimeout(() => server.closeAllConnections(), patience);
    server.close(() => {
      clearInterval(sweep);
      clearTimeout(force);
      resolve();
    });
    server.closeIdleConnections();
  });
}

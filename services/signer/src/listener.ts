// The servers of this service. Over HTTPS nobody gets as far as a request without a certificate of the named authorities, and whoever is turned
// away is logged; numbers and health are told besides on an address of this machine.
import { readFile } from 'node:fs/promises';
import { createServer as createPlainServer, type RequestListener, type Server } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { createSecureContext, DEFAULT_CIPHERS } from 'node:tls';
import { begun, CertificateFiles, endingOlder, HEADERS_READ, requiredClients, stateOf, stopped } from '@countersign/http';
import type { SignerConfig } from './config.ts';
import { SetupError } from './errors.ts';
import type { Logger } from './log.ts';

export interface Listener {
  readonly url: string;
  /** Reads the files of the certificates again. Never rejects. */
  reload(): Promise<void>;
  /** Takes no more requests, and resolves when those under way are answered or `patience` milliseconds are over. */
  close(patience: number): Promise<void>;
}

/** Throws SetupError: `cannot-listen`, or `invalid-config` for certificates that cannot be read. */
export async function listen(config: SignerConfig, handler: RequestListener, log: Logger): Promise<Listener> {
  const { requestTimeout, tls } = config;
  const times = {
    requestTimeout,
    headersTimeout: Math.min(15_000, requestTimeout),
    connectionsCheckingInterval: 1_000,
    keepAliveTimeout: 30_000,
  };
  const paths = [tls.cert, tls.key, tls.clientCa];
  const read = () => identity(config);
  const state = await stateOf(paths).catch(() => '');
  const server = createServer({ ...times, ...(await read()), maxHeaderSize: 16_384 }, handler);
  const certified = endingOlder(server);
  server.timeout = 2 * requestTimeout;
  server.maxHeadersCount = HEADERS_READ;
  server.on('tlsClientError', (error, socket) => {
    // Of a certificate that is refused the error says nothing: Node has ended the connection by then, and remembers why.
    const flaw = socket.authorizationError as Error | string | null | undefined;
    const why = flaw ? `its certificate: ${flaw instanceof Error ? flaw.message : flaw}` : error.message;
    log.warn({ code: 'no-connection', from: socket.remoteAddress, why: why.slice(0, 200) }, 'refused');
  });
  const url = `https://${await started(server, config.listen)}`;
  const files = new CertificateFiles(paths, state, read, certified, log);
  return {
    url,
    reload: () => files.reload(),
    async close(patience) {
      files.close();
      await stopped(server, patience);
    },
  };
}

/** Plain HTTP for a few callers at a time. Throws SetupError(`cannot-listen`). */
export async function listenPlain(at: SignerConfig['listen'], handler: RequestListener): Promise<Omit<Listener, 'reload'>> {
  const server = createPlainServer({ requestTimeout: 10_000, headersTimeout: 5_000, maxHeaderSize: 16_384 }, handler);
  server.maxConnections = 64;
  return { url: `http://${await started(server, at)}`, close: (patience) => stopped(server, patience) };
}

async function identity({ tls }: SignerConfig) {
  try {
    const [cert, key, authorities] = await Promise.all([readFile(tls.cert), readFile(tls.key), readFile(tls.clientCa, 'utf8')]);
    const clients = requiredClients(authorities);
    if (clients === undefined) throw new SetupError('invalid-config', `${tls.clientCa}: wanted certificates in PEM`);
    checkPair(cert, key, `${tls.cert} and ${tls.key}`);
    // Certificates are all that tells who asks: none with less than 112 bits of strength, whatever the system would take.
    const ciphers = `${DEFAULT_CIPHERS}:@SECLEVEL=2`;
    return { cert, key, ...clients, ca: [...clients.ca], minVersion: 'TLSv1.2' as const, ciphers };
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

async function started(server: Server, at: SignerConfig['listen']): Promise<string> {
  try {
    await begun(server, at);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : 'unknown';
    throw new SetupError('cannot-listen', `cannot listen on ${at.host}:${at.port}: ${why}`, { cause });
  }
  const { port } = server.address() as AddressInfo;
  return `${at.host.includes(':') ? `[${at.host}]` : at.host}:${port}`;
}

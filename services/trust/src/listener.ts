// The HTTP server itself: TLS or not, its timeouts, and how it stops.
import { constants } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createServer, type RequestListener, type Server, type ServerOptions } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { DEFAULT_CIPHERS } from 'node:tls';
import {
  begun,
  CertificateFiles,
  endingOlder,
  HEADERS_READ,
  type RequiredClients,
  requiredClients,
  stateOf,
  stopped,
} from '@countersign/http';
import { type ListenAddress, urlHost } from './address.ts';
import type { ServerConfig } from './config.ts';
import { StartError } from './errors.ts';
import type { Logger } from './log.ts';
import { systemReason } from './system-reason.ts';

export interface Listener {
  readonly url: string;
  /** Reads the files of the certificate again. Never rejects. */
  reload(): Promise<void>;
  /** Takes no more requests, and resolves when those under way are answered or `patience` milliseconds are over. */
  close(patience: number): Promise<void>;
}

const KEEP_ALIVE = 30_000;
const LARGEST_HEADERS = 16 * 1024;
const FAST = 'TLS_AES_128_GCM_SHA256';

/** Plain HTTP for a few callers at a time. Throws StartError(`cannot-listen`). */
export async function listenPlain(address: ListenAddress, handler: RequestListener): Promise<Listener> {
  const server = createServer({ requestTimeout: 10_000, headersTimeout: 5_000, maxHeaderSize: LARGEST_HEADERS }, handler);
  server.maxConnections = 64;
  await started(server, { listen: address });
  const { port } = server.address() as AddressInfo;
  return { url: `http://${urlHost(address.host)}:${port}`, reload: async () => undefined, close: (patience) => stopped(server, patience) };
}

/** Throws StartError: `cannot-listen` or `invalid-config` for certificates that cannot be read. */
export async function listen(config: ServerConfig, handler: RequestListener, log: Logger): Promise<Listener> {
  const options: ServerOptions = {
    requestTimeout: config.requestTimeout,
    headersTimeout: Math.min(config.headersTimeout, config.requestTimeout),
    // How late a slow request may be noticed.
    connectionsCheckingInterval: Math.min(5_000, config.headersTimeout, config.requestTimeout),
    keepAliveTimeout: KEEP_ALIVE,
    maxHeaderSize: LARGEST_HEADERS,
  };
  const made = config.tls === undefined ? undefined : await tlsServer(config.tls, options, handler, log);
  const server = made?.server ?? createServer(options, handler);
  server.maxConnections = config.maxConnections;
  server.maxHeadersCount = HEADERS_READ;
  // Whoever asks before it sends a body is told to go on when somebody wants that body, which nobody does for a stranger.
  server.on('checkContinue', (request, response) => {
    request.once('resume', () => {
      if (!response.headersSent) response.writeContinue();
    });
    handler(request, response);
  });
  // A connection on which nothing moves: somebody who does not read the answer must not hold it for ever.
  server.timeout = 2 * config.requestTimeout;
  await started(server, config);
  // A pipe has no address of this kind, and is not listened on.
  const { port } = server.address() as AddressInfo;
  return {
    url: `${config.tls === undefined ? 'http' : 'https'}://${urlHost(config.listen.host)}:${port}`,
    reload: async () => await made?.files.reload(),
    async close(patience) {
      made?.files.close();
      await stopped(server, patience);
    },
  };
}

/**
 * Clients of Notary open a connection for every request, so most of what they cost is its handshake. AES-128 stands first, as Go's clients
 * ask for it: processors have an instruction for the hash that goes with it. And no session is sealed into a ticket: those clients never
 * come back with one, and its key would stay in memory as long as the process lives, good for reading whatever it sealed.
 */
const HANDSHAKE = {
  minVersion: 'TLSv1.2',
  ciphers: [FAST, ...DEFAULT_CIPHERS.split(':').filter((name) => name !== FAST)].join(':'),
  honorCipherOrder: true,
  secureOptions: constants.SSL_OP_NO_TICKET,
} as const;

interface TlsServer {
  readonly server: Server;
  readonly files: CertificateFiles;
}

async function tlsServer(
  files: NonNullable<ServerConfig['tls']>,
  options: ServerOptions,
  handler: RequestListener,
  log: Logger,
): Promise<TlsServer> {
  const read = async () => {
    const [cert, key] = await Promise.all([readFile(files.cert), readFile(files.key)]);
    const clients = files.clientCa === undefined ? {} : mandatoryClients(await readFile(files.clientCa, 'utf8'), files.clientCa);
    return { ...clients, ...HANDSHAKE, cert, key };
  };
  try {
    const paths = [files.cert, files.key, ...(files.clientCa === undefined ? [] : [files.clientCa])];
    const state = await stateOf(paths);
    const server = createTlsServer({ ...options, ...(await read()) }, handler);
    // Where anybody may come, no certificate of theirs can be withdrawn.
    const certified = files.clientCa === undefined ? server : endingOlder(server);
    return { server, files: new CertificateFiles(paths, state, read, certified, log) };
  } catch (cause) {
    if (cause instanceof StartError) throw cause;
    const reason = systemReason(cause);
    const path = cause instanceof Error && 'path' in cause ? String(cause.path) : `${files.cert} or ${files.key}`;
    throw new StartError(
      'invalid-config',
      reason === undefined ? `${files.cert} and ${files.key} cannot be used for TLS${whyNoPair(cause)}` : `cannot read ${path}: ${reason}`,
      { cause },
    );
  }
}

const NO_PAIRS: ReadonlyMap<unknown, string> = new Map([
  ['ERR_OSSL_X509_KEY_VALUES_MISMATCH', 'the key belongs to another certificate'],
  ['ERR_OSSL_EVP_BAD_DECRYPT', 'the key is encrypted'],
  ['ERR_OSSL_BAD_PASSWORD_READ', 'the key is encrypted'],
]);

/** What OpenSSL found, in words; else what it wants. */
function whyNoPair(cause: unknown): string {
  const code = cause instanceof Error && 'code' in cause ? cause.code : undefined;
  return `: ${NO_PAIRS.get(code) ?? 'wanted a certificate in PEM in the first, and in the second its private key in PEM without a passphrase'}`;
}

function mandatoryClients(pem: string, file: string): RequiredClients {
  const clients = requiredClients(pem);
  if (clients === undefined) throw new StartError('invalid-config', `${file}: wanted certificates in PEM`);
  return clients;
}

async function started(server: Server, { listen: { host, port } }: Pick<ServerConfig, 'listen'>): Promise<void> {
  try {
    await begun(server, { host, port });
  } catch (cause) {
    const why = systemReason(cause) ?? (cause instanceof Error ? cause.message : 'unknown');
    throw new StartError('cannot-listen', `cannot listen on ${urlHost(host)}:${port}: ${why}`, { cause });
  }
}

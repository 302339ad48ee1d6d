// How a server of this house begins to listen and how it stops, and what it takes from a file of authorities.
import type { Server } from 'node:http';

/** Rejects with the system's own error. */
export function begun(server: Server, { host, port }: { readonly host: string; readonly port: number }): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

/** Takes no more requests, and resolves when those under way are answered or `patience` milliseconds are over. */
export function stopped(server: Server, patience: number): Promise<void> {
  return new Promise((resolve) => {
    // A connection becomes idle when its last request is answered; nobody tells us when.
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

/** What a TLS server needs to turn everybody away who has no certificate of these authorities. */
export interface RequiredClients {
  readonly ca: readonly string[];
  readonly requestCert: true;
  readonly rejectUnauthorized: true;
}

/** Undefined for a text without a certificate: Node would then take those of any public authority. */
export function requiredClients(pem: string): RequiredClients | undefined {
  const ca = pem.match(/-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/g);
  return ca === null ? undefined : { ca, requestCert: true, rejectUnauthorized: true };
}

// The two that are compared: `countersign serve` on LevelDB and Debian's notary-server in memory, both started as their operators do,
// over TLS with one certificate.
import { execFileSync } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { startOurServer } from '../../interop/notary/our-server.ts';
import { startReferenceServer } from '../../interop/notary/reference-server.ts';
import { temporaryFolder } from '../../lab/countersign.ts';

export interface Rival {
  readonly name: 'ours' | 'reference';
  /** Without a slash at its end. */
  readonly url: string;
  readonly pid: number;
  /** A file with the certificate that it shows, in PEM. */
  readonly ca: string;
}

export interface Rivals {
  readonly certificate: keyof typeof CERTIFICATES;
  readonly ours: Rival;
  readonly reference: Rival;
  readonly folder: string;
  close(): Promise<void>;
}

/** What `openssl req` is told. RSA is what most installations of Notary have, by their age. */
const CERTIFICATES = {
  'P-256': ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256'],
  'RSA-2048': ['-newkey', 'rsa:2048'],
} as const;

export async function startRivals(certificate: keyof typeof CERTIFICATES): Promise<Rivals> {
  const { path: folder, remove } = await temporaryFolder();
  const [ca, key] = [join(folder, 'cert.pem'), join(folder, 'key.pem')];
  const names = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1'];
  const made = [...CERTIFICATES[certificate], ...names, '-nodes', '-days', '2', '-keyout', key, '-out', ca];
  execFileSync('openssl', ['req', '-x509', ...made], { stdio: 'pipe' });
  const surroundings = async (name: string) => {
    await mkdir(join(folder, name));
    return { folder: join(folder, name), cert: ca, key, settings: {} };
  };
  const ours = await startOurServer(await surroundings('ours'));
  const reference = await startReferenceServer(await surroundings('reference'));
  return {
    certificate,
    ours: { name: 'ours', url: ours.url, pid: ours.pid, ca },
    reference: { name: 'reference', url: reference.url, pid: reference.pid, ca },
    folder,
    async close() {
      await ours.close();
      await reference.close();
      await remove();
    },
  };
}

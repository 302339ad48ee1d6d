// The two that are compared: `countersign serve` on LevelDB and Debian's notary-server in memory, both started as their operators do,
// over TLS with one certificate.
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { LOOPBACK_CERTIFICATE } from '@countersign/testkit';
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
  readonly ours: Rival;
  readonly reference: Rival;
  readonly folder: string;
  close(): Promise<void>;
}

export async function startRivals(): Promise<Rivals> {
  const { path: folder, remove } = await temporaryFolder();
  const [ca, key] = [join(folder, 'cert.pem'), join(folder, 'key.pem')];
  await writeFile(ca, LOOPBACK_CERTIFICATE.cert);
  await writeFile(key, LOOPBACK_CERTIFICATE.key, { mode: 0o600 });
  const surroundings = async (name: string) => {
    await mkdir(join(folder, name));
    return { folder: join(folder, name), cert: ca, key, settings: {} };
  };
  const ours = await startOurServer(await surroundings('ours'));
  const reference = await startReferenceServer(await surroundings('reference'));
  return {
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

// The configuration file of a notary-server, as its operator wrote it: the same file starts the reference and Countersign.
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Surroundings } from './servers.ts';

/** `settings` are added to the sections of a plain configuration. The path of the file. */
export async function writeNotaryConfig({ folder, cert, key, settings }: Surroundings, port: number): Promise<string> {
  const file = join(folder, 'server-config.json');
  const { server, ...more } = settings;
  const config = {
    server: { http_addr: `127.0.0.1:${port}`, tls_cert_file: cert, tls_key_file: key, ...server },
    trust_service: { type: 'local' },
    storage: { backend: 'memory' },
    logging: { level: 'error' },
    ...more,
  };
  await writeFile(file, JSON.stringify(config));
  return file;
}

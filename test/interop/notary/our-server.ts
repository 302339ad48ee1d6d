// The real `countersign serve` over TLS, on LevelDB, as somebody runs it who moves away from notary-server.
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { serve } from '../../lab/countersign.ts';
import type { Start } from './servers.ts';

export const startOurServer: Start = async ({ folder, cert, key, settings }) => {
  const options = ['--tls-cert', cert, '--tls-key', key];
  if (Object.keys(settings).length > 0) {
    const config = join(folder, 'server-config.json');
    await writeFile(config, JSON.stringify(settings));
    options.push('--notary-config', config);
  }
  const server = await serve(join(folder, 'data'), options);
  return { url: server.url, close: () => server.kill('SIGTERM') };
};

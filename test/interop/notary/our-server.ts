// The real `countersign serve` over TLS, on LevelDB, as somebody runs it who moves away from notary-server.
import { join } from 'node:path';
import { serve } from '../../lab/countersign.ts';
import { writeNotaryConfig } from './notary-config.ts';
import type { Start } from './servers.ts';

/** Started again in the same folder, it has what it had. */
export const startOurServer: Start = async (surroundings) => {
  const { folder, cert, key, settings } = surroundings;
  const plain = Object.keys(settings).length === 0;
  const options = plain ? ['--tls-cert', cert, '--tls-key', key] : ['--notary-config', await writeNotaryConfig(surroundings, 0)];
  const server = await serve(join(folder, 'data'), options);
  return { url: server.url, pid: server.pid, close: () => server.kill('SIGTERM') };
};

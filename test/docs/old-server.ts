// The old server of pages about leaving one: Debian's notary-server, in memory, where it is installed. Pages that speak of it say that they
// need it.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { freePort, missingTools } from '../lab/tools.ts';

export interface OldServer {
  /** Without a slash at its end; over http, which never leaves loopback. */
  readonly url: string;
  close(): Promise<void>;
}

/** Undefined where it is not installed. */
export async function startOldServer(folder: string): Promise<OldServer | undefined> {
  if (missingTools('notary-server') !== undefined) return undefined;
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  await mkdir(folder, { recursive: true });
  const config = join(folder, 'server-config.json');
  const settings = {
    server: { http_addr: `127.0.0.1:${port}` },
    trust_service: { type: 'local' },
    storage: { backend: 'memory' },
    logging: { level: 'error' },
  };
  await writeFile(config, JSON.stringify(settings));
  const child = spawn('notary-server', ['-config', config], { stdio: 'ignore' });
  const ended = once(child, 'exit');
  for (let tries = 0; tries < 200; tries += 1) {
    const answer = await fetch(`${url}/_notary_server/health`).catch(() => undefined);
    if (answer !== undefined) break;
    if (child.exitCode !== null) throw new Error('notary-server ended');
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return {
    url,
    async close() {
      child.kill('SIGTERM');
      await ended;
    },
  };
}

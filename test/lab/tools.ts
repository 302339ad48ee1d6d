// Debian's own programs, where they are installed: a real registry and real clients.
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { join } from 'node:path';

/** Why a test is skipped here, or undefined where every tool is installed. */
export function missingTools(...tools: readonly string[]): string | undefined {
  const missing = tools.filter((tool) => spawnSync('sh', ['-c', `command -v ${tool}`]).status !== 0);
  return missing.length === 0 ? undefined : `not installed: ${missing.join(', ')}`;
}

export async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port } = probe.address() as AddressInfo;
  probe.close();
  await once(probe, 'close');
  return port;
}

export interface DockerRegistry {
  readonly host: string;
  close(): Promise<void>;
}

/** Debian's `docker-registry` on loopback, storing below `folder`. It cannot be asked for any free port, so one is found first. */
export async function startDockerRegistry(folder: string): Promise<DockerRegistry> {
  const port = await freePort();
  const config = join(folder, 'registry.yml');
  const storage = `storage:\n  filesystem:\n    rootdirectory: ${join(folder, 'registry')}\n  delete:\n    enabled: true\n`;
  await writeFile(config, `version: 0.1\nlog:\n  level: error\n${storage}http:\n  addr: 127.0.0.1:${port}\n`);
  const child = spawn('docker-registry', ['serve', config], { stdio: 'ignore' });
  const ended = once(child, 'exit');
  const host = `127.0.0.1:${port}`;
  for (let tries = 0; tries < 100; tries += 1) {
    const answer = await fetch(`http://${host}/v2/`).catch(() => undefined);
    if (answer?.ok === true) break;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return {
    host,
    async close() {
      child.kill('SIGTERM');
      await ended;
    },
  };
}

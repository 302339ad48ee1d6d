// Debian's Docker daemon for the length of a test: files only, no network of its own, nothing outside one folder.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { missingTools } from '../../lab/tools.ts';

export interface DockerDaemon {
  /** For DOCKER_HOST. */
  readonly host: string;
  close(): Promise<void>;
}

/** Rejects with what the daemon said if it cannot run here. `folder` must have a short path: sockets stand in it. */
export async function startDockerDaemon(folder: string): Promise<DockerDaemon> {
  await mkdir(folder, { recursive: true });
  const socket = join(folder, 'docker.sock');
  const places = [
    '--data-root',
    join(folder, 'data'),
    '--exec-root',
    join(folder, 'exec'),
    '--pidfile',
    join(folder, 'pid'),
    '-H',
    `unix://${socket}`,
  ];
  // vfs needs no kernel module, and without a bridge it touches no rule of the firewall.
  const modest = ['--iptables=false', '--ip6tables=false', '--bridge=none', '--storage-driver=vfs'];
  const child = spawn('dockerd', [...places, ...modest], { stdio: ['ignore', 'ignore', 'pipe'] });
  const said: string[] = [];
  child.stderr.on('data', (chunk: Buffer) => said.push(chunk.toString('utf8')));
  const ended = once(child, 'exit');
  while (!said.join('').includes('API listen on')) {
    if (child.exitCode !== null) throw new Error(`dockerd ended with ${child.exitCode}: ${said.join('').slice(-2000)}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return {
    host: `unix://${socket}`,
    async close() {
      child.kill('SIGTERM');
      await ended;
    },
  };
}

/** Why no daemon can be had here, or undefined: it needs root, cgroups that it may write, and containerd beside it. */
export async function daemonObstacle(): Promise<string | undefined> {
  const missing = missingTools('dockerd', 'containerd', 'runc', 'docker-registry');
  if (missing !== undefined) return missing;
  if (process.getuid?.() !== 0) return 'dockerd needs root';
  if (!existsSync('/sys/fs/cgroup')) return 'dockerd needs cgroups';
  const folder = await mkdtemp(join(tmpdir(), 'cs-'));
  try {
    const daemon = await startDockerDaemon(folder);
    await daemon.close();
    return undefined;
  } catch (error) {
    return `dockerd does not start here: ${error instanceof Error ? error.message : error}`;
  } finally {
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

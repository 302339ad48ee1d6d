// A small server of this folder in a process of its own.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = process.env['COUNTERSIGN_REPOSITORY_ROOT'] ?? fileURLToPath(new URL('../../', import.meta.url));

export interface ChildServer {
  readonly url: string;
  stop(): void;
}

/** `program` prints its port on one line when it listens. */
export async function startChildServer(program: string, argument: string): Promise<ChildServer> {
  const child = spawn(process.execPath, [join(ROOT, 'test/bench', program), argument], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [port] = await once(child.stdout, 'data');
  return { url: `http://127.0.0.1:${String(port).trim()}/`, stop: () => void child.kill('SIGTERM') };
}

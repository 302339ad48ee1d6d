// The real program in real processes: what tests outside a package run.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const ROOT = process.env['COUNTERSIGN_REPOSITORY_ROOT'] ?? fileURLToPath(new URL('../..', import.meta.url));
export const PROGRAM: string = join(ROOT, 'cli/bin/countersign.cjs');

export interface Outcome {
  readonly exit: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs any command to its end. Output is kept whole; standard input is empty. */
export async function runCommand(command: string, args: readonly string[], env: NodeJS.ProcessEnv = process.env): Promise<Outcome> {
  const child = spawn(command, args, { env, stdio: ['ignore', 'pipe', 'pipe'] });
  const read = async (stream: AsyncIterable<Buffer>): Promise<string> => {
    const chunks: Buffer[] = [];
    for await (const chunk of stream) chunks.push(chunk);
    return Buffer.concat(chunks).toString('utf8');
  };
  const [stdout, stderr, [code]] = await Promise.all([read(child.stdout), read(child.stderr), once(child, 'close')]);
  return { exit: typeof code === 'number' ? code : 1, stdout, stderr };
}

/** One machine: its own trust folder, its own keys, one trust server. */
export interface Machine {
  readonly env: NodeJS.ProcessEnv;
  /** Runs the program; throws with its whole output unless it exits with `exit` (0 unless said otherwise). */
  countersign(args: readonly string[], wanted?: { readonly exit: number }): Promise<Outcome>;
}

export function machine(folder: string, server: string, more: NodeJS.ProcessEnv = {}): Machine {
  const env = {
    PATH: process.env['PATH'],
    HOME: folder,
    TMPDIR: process.env['TMPDIR'],
    COUNTERSIGN_SERVER: server,
    COUNTERSIGN_TRUST_DIR: join(folder, 'trust'),
    COUNTERSIGN_PASSPHRASE: 'correct horse battery staple',
    ...more,
  };
  return {
    env,
    async countersign(args, wanted = { exit: 0 }) {
      const outcome = await runCommand(process.execPath, [PROGRAM, ...args], env);
      if (outcome.exit === wanted.exit) return outcome;
      throw new Error(`countersign ${args.join(' ')}: exit ${outcome.exit}, wanted ${wanted.exit}\n${outcome.stdout}\n${outcome.stderr}`);
    },
  };
}

export interface RunningServer {
  readonly url: string;
  /** Where it was told to tell its numbers. */
  readonly metricsUrl: string | undefined;
  readonly pid: number;
  /** Resolves when the process has ended. */
  kill(signal: NodeJS.Signals): Promise<void>;
}

/** `countersign serve` as a process of its own, on a port the system chose. */
export async function serve(data: string, args: readonly string[] = [], env: NodeJS.ProcessEnv = process.env): Promise<RunningServer> {
  const child = spawn(process.execPath, [PROGRAM, 'serve', '--listen', '127.0.0.1:0', '--data', data, '--output', 'json', ...args], {
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const talk: string[] = [];
  child.stderr.on('data', (chunk: Buffer) => talk.push(chunk.toString('utf8')));
  const ended = once(child, 'exit');
  const addresses = await new Promise<Pick<RunningServer, 'url' | 'metricsUrl'>>((resolve, reject) => {
    createInterface(child.stdout).on('line', (line) => {
      const said: unknown = JSON.parse(line);
      if (typeof said !== 'object' || said === null || !('url' in said) || typeof said.url !== 'string') return;
      resolve({ url: said.url, metricsUrl: 'metricsUrl' in said && typeof said.metricsUrl === 'string' ? said.metricsUrl : undefined });
    });
    ended.then(() => reject(new Error(`countersign serve ended: ${talk.join('')}`)), reject);
  });
  return {
    ...addresses,
    pid: child.pid ?? 0,
    async kill(signal) {
      child.kill(signal);
      await ended;
    },
  };
}

/** A folder that is gone when `use` has ended. */
export async function temporaryFolder(): Promise<{ readonly path: string; remove(): Promise<void> }> {
  const path = await mkdtemp(join(tmpdir(), 'countersign-'));
  return { path, remove: () => rm(path, { recursive: true, force: true, maxRetries: 5 }) };
}

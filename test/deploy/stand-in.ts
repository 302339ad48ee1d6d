// A folder that stands in for a machine: what deployment files call /etc, /var or /run lies below it, and their addresses are ports that
// the system chose. So a command line runs as a unit or a compose file has it, without being root and beside others of its kind.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, writeFile } from 'node:fs/promises';
import { request as plain } from 'node:http';
import { type RequestOptions, request as secure } from 'node:https';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { PROGRAM, temporaryFolder } from '../lab/countersign.ts';

export interface StandIn {
  /** Where a path of the machine lies here. */
  at(path: string): string;
  /** A text with its paths and addresses as they are here. */
  here(text: string): string;
  write(path: string, content: string): Promise<void>;
  folder(path: string): Promise<void>;
  remove(): Promise<void>;
}

export async function standIn(): Promise<StandIn> {
  const { path: root, remove } = await temporaryFolder();
  return {
    at: (path) => join(root, path),
    here: (text) =>
      text.replaceAll(/(^|[\s"=:])\/(etc|var|run)\//gm, `$1${root}/$2/`).replaceAll(/\b(?:0\.0\.0\.0|127\.0\.0\.1):\d+/g, '127.0.0.1:0'),
    async write(path, content) {
      await mkdir(dirname(join(root, path)), { recursive: true });
      await writeFile(join(root, path), content, { mode: 0o600 });
    },
    folder: async (path) => void (await mkdir(join(root, path), { recursive: true, mode: 0o700 })),
    remove,
  };
}

export interface Started {
  readonly url: string;
  /** Resolves when it has ended. */
  stop(signal: NodeJS.Signals): Promise<{ readonly exit: number | null; readonly milliseconds: number; readonly said: string }>;
}

/** Starts a command line whose first word is the program; what it prints first is its address. */
export async function startAsWritten(command: readonly string[], env: Readonly<Record<string, string>>, cwd: string): Promise<Started> {
  const [program = '', ...args] = command;
  if (!/(^|\/)countersign$/.test(program)) throw new Error(`wanted a command line of countersign, got ${program}`);
  const child = spawn(process.execPath, [PROGRAM, ...args], {
    cwd,
    env: { PATH: process.env['PATH'], ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const said: string[] = [];
  child.stderr.on('data', (chunk: Buffer) => said.push(chunk.toString('utf8')));
  const ended = once(child, 'close');
  const url = await new Promise<string>((resolve, reject) => {
    createInterface(child.stdout).once('line', resolve);
    ended.then(() => reject(new Error(`${command.join(' ')} ended: ${said.join('')}`)), reject);
  });
  return {
    url,
    async stop(signal) {
      const since = performance.now();
      child.kill(signal);
      await ended;
      return { exit: child.exitCode, milliseconds: performance.now() - since, said: said.join('') };
    },
  };
}

/** Status and body of one GET. */
export async function ask(url: string, options: RequestOptions = {}): Promise<{ readonly status: number; readonly body: string }> {
  const request = url.startsWith('https:') ? secure(url, { ...options, agent: false }) : plain(url, { agent: false });
  request.end();
  const [answer] = await once(request, 'response');
  const chunks: Buffer[] = [];
  for await (const chunk of answer) chunks.push(chunk);
  return { status: answer.statusCode, body: Buffer.concat(chunks).toString('utf8') };
}

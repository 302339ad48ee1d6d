// Runs a program that holds a key: without a shell, with bounds on what it may print and how long it may take.
import { spawn } from 'node:child_process';
import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, isAbsolute, join } from 'node:path';
import { excerpt } from '@countersign/core';
import { KeyError } from './errors.ts';

/** What programs of `exec:` get, and what they may take. */
export interface Programs {
  /** Their environment, and the PATH in which bare names are looked up. It must hold no secrets of ours. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** What a program says on stderr while it works, such as `touch the key`. */
  readonly talk: (text: string) => void;
  /** Milliseconds for one answer; 60,000 unless given. */
  readonly timeoutMs?: number | undefined;
  /** Stops the program. */
  readonly signal?: AbortSignal | undefined;
}

const MINUTE = 60_000;
const LONGEST_TALK = 4096;

export interface Run {
  readonly program: string;
  readonly args: readonly string[];
  readonly input: Uint8Array;
  /** The most bytes that it may answer. */
  readonly limit: number;
}

/** What the program wrote to stdout. Throws KeyError: `not-found`, and `signer-failed` for everything else but exit status 0. */
export async function runProgram({ program, args, input, limit }: Run, programs: Programs): Promise<Buffer> {
  const path = find(program, programs.env['PATH'] ?? '');
  const name = `exec:${excerpt(program)}`;
  const failed = (what: string, cause?: unknown): KeyError => new KeyError('signer-failed', `${name} ${what}`, { cause });
  return new Promise((resolve, reject) => {
    const child = spawn(path, args, { env: { ...programs.env }, shell: false, stdio: 'pipe', windowsHide: true });
    const parts: Buffer[] = [];
    let size = 0;
    let said = 0;
    const stop = (error: KeyError): void => {
      reject(error);
      child.kill('SIGKILL');
      // What it started may live on and hold these open; nobody waits for that.
      for (const stream of [child.stdin, child.stdout, child.stderr]) stream.destroy();
      end();
    };
    const timeoutMs = programs.timeoutMs ?? MINUTE;
    const timer = setTimeout(() => stop(failed(`did not answer within ${timeoutMs} ms`)), timeoutMs);
    const abort = (): void => stop(failed('was stopped'));
    const end = (): void => {
      clearTimeout(timer);
      programs.signal?.removeEventListener('abort', abort);
    };
    if (programs.signal?.aborted === true) return abort();
    programs.signal?.addEventListener('abort', abort, { once: true });
    child.once('error', (cause) => {
      end();
      reject(failed('could not be run', cause));
    });
    // A program that answers without reading the message is judged by its answer.
    child.stdin.on('error', () => undefined);
    child.stdin.end(input);
    child.stderr.on('data', (chunk: Buffer) => {
      if (said < LONGEST_TALK) programs.talk(chunk.subarray(0, LONGEST_TALK - said).toString('utf8'));
      said += chunk.length;
    });
    child.stdout.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size > limit) stop(failed(`answered more than ${limit} bytes`));
      else parts.push(chunk);
    });
    child.once('close', (code, signal) => {
      end();
      if (code === 0) resolve(Buffer.concat(parts));
      else reject(failed(code === null ? `was ended by ${signal ?? 'a signal'}` : `ended with status ${code}, and says why on stderr`));
    });
  });
}

function find(program: string, path: string): string {
  if (isAbsolute(program)) return program;
  for (const folder of path.split(delimiter)) {
    // An empty or relative part of PATH means the working folder, where anybody may have put a program.
    if (isAbsolute(folder) && isExecutable(join(folder, program))) return join(folder, program);
  }
  throw new KeyError('not-found', `exec:${excerpt(program)} is in no folder of PATH`);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch (error) {
    if (error instanceof Error && 'code' in error) return false;
    throw error;
  }
}

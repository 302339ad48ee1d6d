// Runs a tool of somebody else: without a shell, with its output passed through to stderr as it comes, so that results on stdout
// stay ours.
import { spawn } from 'node:child_process';
import { basename } from 'node:path';
import { CommandError } from '../errors.ts';
import type { World } from '../world.ts';

const LONGEST_KEPT = 1 << 20;

/** What the tool printed, both streams together, the last part of it. Throws CommandError `tool-failed` unless it exits with 0. */
export async function runTool(world: World, program: string, args: readonly string[]): Promise<string> {
  let kept = '';
  const take = (chunk: Buffer): void => {
    const text = chunk.toString('utf8');
    world.stderr.write(text);
    kept = (kept + text).slice(-LONGEST_KEPT);
  };
  const { code, signal } = await new Promise<{ code: number | null; signal: string | null }>((resolve, reject) => {
    const child = spawn(program, args, {
      cwd: world.cwd,
      // What opens our keys and speaks for us to the trust server is no business of a tool.
      env: { ...world.env, COUNTERSIGN_PASSPHRASE: undefined, COUNTERSIGN_TOKEN: undefined },
      shell: false,
      stdio: ['ignore', 'pipe', 'pipe'],
      signal: world.interrupted,
    });
    child.stdout.on('data', take);
    child.stderr.on('data', take);
    child.once('error', reject);
    child.once('close', (code, signal) => resolve({ code, signal }));
  }).catch((cause: unknown) => {
    if (world.interrupted.aborted) throw new CommandError('interrupted', 'interrupted', { cause });
    throw new CommandError('tool-failed', `${basename(program)} could not be run`, { cause });
  });
  if (code === 0) return kept;
  const ended = code === null ? `was stopped by ${signal ?? 'a signal'}` : `failed with exit code ${code}`;
  throw new CommandError('tool-failed', `${basename(program)} ${args[0] ?? ''} ${ended}`, {
    details: { program, exit: code, output: kept.slice(-2000) },
  });
}

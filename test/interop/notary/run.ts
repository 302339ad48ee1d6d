// A program of somebody else, run to its end with what it is told on its standard input, and what it said.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Outcome } from '../../lab/countersign.ts';

export async function ask(command: string, args: readonly string[], input: string, env: NodeJS.ProcessEnv): Promise<Outcome> {
  const child = spawn(command, args, { env, stdio: 'pipe' });
  const said = { stdout: '', stderr: '' };
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    said.stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said.stderr += text;
  });
  // A program that asks nothing may be gone before it could read.
  child.stdin.on('error', () => undefined).end(input);
  const [code] = await once(child, 'close');
  return { exit: typeof code === 'number' ? code : 1, ...said };
}

/** What a program must do: `success`, or fail and say why in words that contain these. */
export type Wanted = 'success' | { readonly because: string };

/** All that was said; an error with it, and with `what` was done, unless it ended as wanted. A failure for another reason is none. */
export function demand(wanted: Wanted, { exit, stdout, stderr }: Outcome, what: string): string {
  const said = stdout + stderr;
  if (wanted === 'success' ? exit === 0 : exit !== 0 && said.includes(wanted.because)) return said;
  throw new Error(`${what}: exit ${exit}, wanted ${wanted === 'success' ? wanted : `failure: ${wanted.because}`}\n${said}`);
}

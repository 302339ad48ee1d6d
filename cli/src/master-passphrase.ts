// The passphrase of a signing service's master key: from a program, where one is named, else from where every passphrase comes.
import { execFile } from 'node:child_process';
import { UsageError } from './errors.ts';
import { passphrases } from './passphrase.ts';
import type { Call } from './tree/spec.ts';

const PATIENCE = 60_000;

/** Throws UsageError: `missing-secret`, or `bad-arguments` for two sources. */
export async function masterPassphrase({ world, given, output }: Call): Promise<string> {
  const command = given.text('passphrase-command');
  if (command === undefined) return await passphrases(world, given, output).get({ key: 'any', name: 'master key', fresh: false });
  if ((given.text('passphrase-file') ?? given.text('passphrase-fd')) !== undefined)
    throw new UsageError('bad-arguments', '--passphrase-command excludes --passphrase-file and --passphrase-fd');
  const [program = '', ...words] = command.split(' ').filter((word) => word !== '');
  const text = await printed(program, words, world.cwd);
  const [line = ''] = text.split('\n');
  if (line === '') throw new UsageError('missing-secret', `${program.slice(0, 80)} printed no passphrase`);
  return line.replace(/\r$/, '');
}

function printed(program: string, words: readonly string[], cwd: string): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile(program, words, { cwd, timeout: PATIENCE, maxBuffer: 16_384 }, (error, stdout) => {
      if (error === null) resolve(stdout);
      // Neither what it printed nor its arguments: both may hold the secret.
      else
        reject(
          new UsageError(
            'missing-secret',
            `${program.slice(0, 80)} gave no passphrase: it ended with ${String(error.code ?? error.signal)}`,
          ),
        );
    });
  });
}

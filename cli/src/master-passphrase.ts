// The passphrase of a signing service's master key: from a key on a token or from a program, where one is named, else from where every
// passphrase comes.
import { execFile } from 'node:child_process';
import { signedSecret } from '@countersign/signers';
import { UsageError } from './errors.ts';
import { openKeyUri } from './key-uris.ts';
import { openToOthers } from './open-to-others.ts';
import type { Output } from './output.ts';
import { passphrases } from './passphrase.ts';
import type { Call } from './tree/spec.ts';

const PATIENCE = 60_000;
// Part of what a token signs: another text is another passphrase.
const PURPOSE = 'passphrase of the master key of a signing service';

/** `prefix` as for `passphrases`. Throws UsageError: `missing-secret`, or `bad-arguments` for two sources; KeyError of a token. */
export async function masterPassphrase({ world, given, output }: Call, prefix: '' | 'new-' = ''): Promise<string> {
  const sources = ['key', 'command', 'file', 'fd'].map((source) => `${prefix}passphrase-${source}`);
  const [one, other] = sources.filter((source) => given.text(source) !== undefined);
  if (other !== undefined) throw new UsageError('bad-arguments', `--${one} excludes --${other}`);
  const secrets = passphrases(world, given, output, prefix);
  const key = given.text(`${prefix}passphrase-key`);
  if (key !== undefined) return await ofKey(key, (uri) => openKeyUri(world, uri, secrets, 'any'));
  const command = given.text(`${prefix}passphrase-command`);
  if (command === undefined) {
    const passphrase = await secrets.get({ key: 'any', name: 'master key', fresh: prefix === 'new-' });
    await noticeOpen(secrets.file, output);
    return passphrase;
  }
  const [program = '', ...words] = command.split(' ').filter((word) => word !== '');
  const text = await printed(program, words, world.cwd);
  const [line = ''] = text.split('\n');
  if (line === '') throw new UsageError('missing-secret', `${program.slice(0, 80)} printed no passphrase`);
  return line.replace(/\r$/, '');
}

/** Whoever reads it opens the master key, where they have that too. */
async function noticeOpen(file: string | undefined, output: Output): Promise<void> {
  const open = file === undefined ? undefined : await openToOthers(file);
  if (open !== undefined) output.say(`notice: others may read the passphrase in ${file} (${open.mode}): ${open.mend}`);
}

async function ofKey(uri: string, open: (uri: string) => ReturnType<typeof openKeyUri>): Promise<string> {
  // A key file beside the master key would be a second passphrase to keep and no safer than the first.
  if (!uri.startsWith('pkcs11:')) throw new UsageError('bad-arguments', '--passphrase-key: wanted a key on a token, pkcs11:…');
  const signer = await open(uri);
  try {
    return await signedSecret(signer, PURPOSE);
  } finally {
    await signer.close();
  }
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

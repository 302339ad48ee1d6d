// `key export`: a key for another program: its public half, or the private key, in PEM or in the form of OpenSSH.
import { exportOpenSsh, exportPrivatePem, exportPublicOpenSsh, exportPublicPem, type KeyEntry, keyFolder } from '@countersign/signers';
import { UsageError } from '../errors.ts';
import { foldersOf } from '../folders.ts';
import { keyCalled, keyFacts, keyName, openLocalKey } from '../local-keys.ts';
import { passphrases } from '../passphrase.ts';
import { givenPath } from '../read-file.ts';
import type { Call, Handler } from '../tree/spec.ts';
import { writeNewFile } from '../write-file.ts';

export const keyExport: Handler = async (call) => {
  const { world, given, output } = call;
  const folder = keyFolder(foldersOf(world, given.text('trust-dir')).keys);
  const entry = await keyCalled(folder, given.argument('key'));
  const half = given.flag('public') ? 'public' : 'private';
  const format = given.text('format') ?? 'pem';
  const publicText = format === 'openssh' ? exportPublicOpenSsh : exportPublicPem;
  const pem = half === 'public' ? publicText(entry.key, entry.label ?? '') : await privateText(call, entry, format);
  const to = given.text('to');
  if (to === undefined) return { facts: { key: keyFacts(entry), half, pem }, text: pem.trimEnd() };
  const path = givenPath(world, to);
  await writeNewFile(path, Buffer.from(pem), { mode: half === 'public' ? 0o644 : 0o600 });
  output.say(`wrote the ${half} half of key ${keyName(entry)} to ${path}`);
  return { facts: { key: keyFacts(entry), half, path }, text: path };
};

async function privateText({ world, given, output }: Call, entry: KeyEntry, format: string): Promise<string> {
  if (format === 'openssh' && !given.flag('unsafe-plain')) {
    throw new UsageError('bad-arguments', 'a private key in the format openssh is written unencrypted, and needs --unsafe-plain', {
      next: 'give --unsafe-plain --to FILE, then at once: ssh-keygen -p -f FILE',
    });
  }
  const { signer, passphrase } = await openLocalKey(world, entry, passphrases(world, given, output), 'any');
  if (given.flag('unsafe-plain')) {
    output.say('notice: the private key is written unencrypted');
    return format === 'openssh' ? exportOpenSsh(signer, entry.label ?? '') : exportPrivatePem(signer, 'unsafe-plain');
  }
  const another = given.text('new-passphrase-file') ?? given.text('new-passphrase-fd');
  const fresh = { key: 'any', name: 'exported key', fresh: true } as const;
  const outside = another === undefined ? passphrase : await passphrases(world, given, output, 'new-').get(fresh);
  return exportPrivatePem(signer, { passphrase: outside });
}

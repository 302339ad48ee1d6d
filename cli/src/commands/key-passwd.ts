// `key passwd`: another passphrase for a key of this machine. The old file stays until the new one is on the disk.
import { changePassphrase, keyFolder } from '@countersign/signers';
import { foldersOf } from '../folders.ts';
import { keyCalled, keyFacts, keyName, openLocalKey } from '../local-keys.ts';
import { passphrases } from '../passphrase.ts';
import type { Handler } from '../tree/spec.ts';

export const keyPasswd: Handler = async ({ world, given, output }) => {
  const cost = given.whole('cost', 15, 20);
  const folder = keyFolder(foldersOf(world, given.text('trust-dir')).keys);
  const entry = await keyCalled(folder, given.argument('key'));
  const { passphrase: from } = await openLocalKey(world, entry, passphrases(world, given, output), 'any');
  const name = `key ${keyName(entry)}`;
  const to = await passphrases(world, given, output, 'new-').get({ key: 'any', name, fresh: true });
  await changePassphrase(entry.path, { from, to }, { cost });
  output.say(`changed the passphrase of ${name}`);
  return { facts: { key: keyFacts(entry) }, text: entry.key.fingerprint };
};

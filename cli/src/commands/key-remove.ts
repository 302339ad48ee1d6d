// `key remove`: forgets a key of this machine for good, after asking.
import { keyFolder } from '@countersign/signers';
import { confirm } from '../confirm.ts';
import { foldersOf } from '../folders.ts';
import { keyCalled, keyFacts, keyName } from '../local-keys.ts';
import type { Handler } from '../tree/spec.ts';

export const keyRemove: Handler = async ({ world, given, output }) => {
  const folder = keyFolder(foldersOf(world, given.text('trust-dir')).keys);
  const entry = await keyCalled(folder, given.argument('key'));
  const what =
    entry.uri === undefined
      ? `Remove key ${keyName(entry)}? Without a copy elsewhere, what only it may sign can never be signed again.`
      : `Forget where key ${keyName(entry)} is? The key itself stays at ${entry.uri}.`;
  await confirm(world, given, what);
  await folder.remove(entry.key.keyid);
  output.say(`removed key ${keyName(entry)}`);
  return { facts: { removed: keyFacts(entry) }, text: entry.key.fingerprint };
};

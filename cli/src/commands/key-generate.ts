// `key generate`: a new key for this machine.
import { generateSigner, type KeyKind, keyFolder } from '@countersign/signers';
import { UsageError } from '../errors.ts';
import { foldersOf } from '../folders.ts';
import { typedLater } from '../given.ts';
import { keyFacts, keyName } from '../local-keys.ts';
import { passphrases } from '../passphrase.ts';
import type { Handler } from '../tree/spec.ts';

export const keyGenerate: Handler = async ({ world, given, output }) => {
  const kind = kindOf(given.text('kind') ?? 'ed25519');
  const cost = given.whole('cost', 15, 20);
  const label = given.text('label');
  const folder = keyFolder(foldersOf(world, given.text('trust-dir')).keys);
  const passphrase = await passphrases(world, given, output).get({ key: 'any', name: 'new key', fresh: true });
  const signer = generateSigner(kind);
  const entry = await typedLater('--label', () => folder.add(signer, passphrase, { create: 'refuse', label, cost }));
  output.say(`made key ${keyName(entry)} in ${entry.path}`);
  return { facts: { key: keyFacts(entry) }, text: entry.key.fingerprint };
};

function kindOf(text: string): KeyKind {
  if (text === 'ed25519' || text === 'ecdsa-p256') return text;
  throw new UsageError('bad-arguments', `--kind: wanted ed25519 or ecdsa-p256, got ${text.slice(0, 40)}`);
}

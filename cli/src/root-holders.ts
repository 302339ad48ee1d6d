// Who holds the first root: keys that sign here and now, and public keys of people who are somewhere else. The first root has to be signed
// by enough of them at once, because nothing stands yet that a half-signed one could be held against.
import { type Gun, type PublicKey, shortFingerprint } from '@countersign/core';
import { isKeyUri, keyFolder } from '@countersign/signers';
import type { Trust } from './compose/opened.ts';
import { counted } from './counted.ts';
import { UsageError } from './errors.ts';
import { givenPublicKey } from './given-public-key.ts';
import type { Passphrases } from './passphrase.ts';
import { type ComingKey, knownKey, newKey } from './repository-keys.ts';
import { lossWords } from './root-words.ts';
import type { Call } from './tree/spec.ts';

export interface RootHolders {
  /** Those that sign. */
  readonly here: readonly ComingKey[];
  /** All keys of the root, each once. */
  readonly all: readonly PublicKey[];
}

/**
 * `--root-key`: a key of this machine or a key URI signs, a file with a public key belongs to somebody else. Throws UsageError when too few
 * can sign here, before anything is asked.
 */
export async function rootHolders(call: Call, trust: Trust, threshold: number, secrets: Passphrases): Promise<RootHolders> {
  const { gun, folders } = trust;
  const { world, given, output } = call;
  const folder = keyFolder(folders.keys);
  const words = given.texts('root-key');
  if (words.length === 0) {
    const only = await newKey(folder, trust, 'root', secrets);
    return { here: [only], all: [only.signer.key] };
  }
  const signing: string[] = [];
  const absent: PublicKey[] = [];
  for (const word of words) {
    if (isKeyUri(word) || (await folder.find(word)).length > 0) signing.push(word);
    else {
      const key = await givenPublicKey(call, word);
      // The public half of a key that is here.
      if ((await folder.find(key.fingerprint)).length > 0) signing.push(key.fingerprint);
      else absent.push(key);
    }
  }
  if (new Set(signing).size < threshold) throw tooFewHere(gun, threshold, signing.length);
  const here: ComingKey[] = [];
  for (const word of signing) here.push(await knownKey(world, folder, word, 'root', secrets));
  const all = [...new Map([...here.map(({ signer }) => signer.key), ...absent].map((key) => [key.fingerprint, key])).values()];
  if (threshold > all.length)
    throw new UsageError('bad-arguments', `--threshold ${threshold} can never be met by ${counted(all.length, 'root key')}`);
  if (all.length > 1 && threshold === all.length)
    output.say(`warning: root would be ${lossWords({ role: 'root', threshold, keys: all.map(({ fingerprint }) => fingerprint) })}`);
  for (const { fingerprint } of absent) output.say(`root key ${shortFingerprint(fingerprint)} is held by somebody else`);
  return { here, all };
}

function tooFewHere(gun: Gun, threshold: number, here: number): UsageError {
  const text = `--threshold ${threshold}: the first root needs ${threshold} of its keys on this machine, ${here === 0 ? 'none is' : `${here} ${here === 1 ? 'is' : 'are'}`}`;
  return new UsageError('bad-arguments', text, {
    next: `begin with a key of your own alone, then hand over to the others: countersign root propose ${gun} --add-key FILE --threshold ${threshold}`,
  });
}

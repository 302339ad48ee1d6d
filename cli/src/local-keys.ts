// The keys of this machine, as commands use them: found by what a person calls them, and opened with at most three tries.
import { type PublicKey, type Signer, shortFingerprint } from '@countersign/core';
import { type KeyEntry, KeyError, type KeyFolder, type LocalSigner, openKeyFile } from '@countersign/signers';
import { CommandError } from './errors.ts';
import { openKeyUri } from './key-uris.ts';
import type { Passphrases, Purpose } from './passphrase.ts';
import type { World } from './world.ts';

const TRIES = 3;

/** How a key is shown: `alice (0123456789abcdef)`. */
export function keyName(entry: Pick<KeyEntry, 'key' | 'label'>): string {
  const short = shortFingerprint(entry.key.fingerprint);
  return entry.label === undefined ? short : `${entry.label} (${short})`;
}

/** `ed25519`, `ecdsa-sha2-nistp256`: what metadata calls the kind of a key. */
export const schemeOf = (key: PublicKey): string => String(key.object.get('scheme'));

export const keyFacts = ({ key, label, path, uri }: KeyEntry): Readonly<Record<string, unknown>> => ({
  fingerprint: key.fingerprint,
  keyid: key.keyid,
  scheme: schemeOf(key),
  ...(label === undefined ? {} : { label }),
  path,
  ...(uri === undefined ? {} : { uri }),
});

/** The one key that `words` mean. Throws CommandError `not-here` or `ambiguous`. */
export async function keyCalled(folder: KeyFolder, words: string): Promise<KeyEntry> {
  const [first, ...others] = await folder.find(words);
  if (first === undefined) throw await notHere(folder, words);
  if (others.length > 0) {
    const names = [first, ...others].map(keyName);
    throw new CommandError('ambiguous', `${words.slice(0, 80)} means ${names.length} keys: ${names.join(', ')}`, {
      details: { keys: [first, ...others].map(({ key }) => key.fingerprint) },
      next: 'name one by its fingerprint',
    });
  }
  return first;
}

async function notHere(folder: KeyFolder, words: string): Promise<CommandError> {
  // A file that cannot be read does not say how its key is called: it may be the one that is missing.
  const unusable = (await folder.list()).unusable.map(({ message }) => message);
  const text = [`no key of this machine is called ${words.slice(0, 80)}`, ...unusable].join('; ');
  return new CommandError('not-here', text, {
    details: { folder: folder.path, unusable },
    next: 'countersign key list shows the keys of this machine',
  });
}

/** A key that is to sign, wherever it is. Throws KeyError('signer-failed') when another key is there than the folder says. */
export async function openForSigning(world: World, entry: KeyEntry, secrets: Passphrases, key: Purpose['key']): Promise<Signer> {
  if (entry.uri === undefined) return (await openLocalKey(world, entry, secrets, key)).signer;
  const signer = await openKeyUri(world, entry.uri, secrets, key);
  if (signer.key.fingerprint === entry.key.fingerprint) return signer;
  const got = shortFingerprint(signer.key.fingerprint);
  throw new KeyError('signer-failed', `${entry.uri.slice(0, 80)} holds the key ${got}, wanted ${keyName(entry)}`);
}

const AWAY: ReadonlySet<string> = new Set(['not-found', 'no-module']);

/** The signer, or undefined for a token or a file that is not there today: another key of the role may do. Wrong secrets are told. */
export async function openIfAtHand(world: World, entry: KeyEntry, secrets: Passphrases, key: Purpose['key']): Promise<Signer | undefined> {
  try {
    return await openForSigning(world, entry, secrets, key);
  } catch (error) {
    if (entry.uri === undefined || !(error instanceof KeyError) || !AWAY.has(error.code)) throw error;
    world.stderr.write(`notice: key ${keyName(entry)} is not at hand: ${error.message}\n`);
    return undefined;
  }
}

/** Opens a key whose private half is here, for more than signing. A passphrase that was typed wrong may be typed again; one that came from elsewhere would only be wrong again. */
export async function openLocalKey(
  world: World,
  entry: KeyEntry,
  secrets: Passphrases,
  key: Purpose['key'],
): Promise<{ readonly signer: LocalSigner; readonly passphrase: string }> {
  if (entry.uri !== undefined) {
    const text = `the private half of ${keyName(entry)} is not here but at ${entry.uri.slice(0, 80)}`;
    throw new KeyError('unsupported', text, { details: { path: entry.path } });
  }
  for (let tries = 1; ; tries += 1) {
    const passphrase = await secrets.get({ key, name: `key ${keyName(entry)}`, fresh: false });
    try {
      return { signer: await openKeyFile(entry.path, passphrase), passphrase };
    } catch (error) {
      const again = error instanceof KeyError && error.code === 'wrong-passphrase' && secrets.asked && tries < TRIES;
      if (!again) throw secrets.source === undefined ? error : fromElsewhere(error, entry, secrets.source);
      world.stderr.write('That passphrase does not open it.\n');
    }
  }
}

/** Which passphrase it was, and for which key: the name of a key file says neither. */
function fromElsewhere(error: unknown, entry: KeyEntry, source: string): unknown {
  if (!(error instanceof KeyError) || error.code !== 'wrong-passphrase') return error;
  const text = `the passphrase from ${source} does not open the key ${keyName(entry)}`;
  return new KeyError('wrong-passphrase', text, { cause: error, details: { ...error.details, source } });
}

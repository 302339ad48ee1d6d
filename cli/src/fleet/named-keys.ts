// The keys that a person names for a change: the one that goes may be lost or stolen, so only what it looks like is needed of it.
import { type Fingerprint, type PublicKey, parseFingerprint, shortFingerprint } from '@countersign/core';
import { keyFolder } from '@countersign/signers';
import { CommandError, UsageError } from '../errors.ts';
import type { Folders } from '../folders.ts';
import { keyCalled } from '../local-keys.ts';

/**
 * The fingerprint that `words` mean: a key of this machine by label or digits, 64 hexadecimal digits of any key, or the first digits
 * (six or more) of one among `others`. Throws CommandError: `not-here`, `ambiguous`.
 */
export async function namedFingerprint(folders: Folders, words: string, others: readonly Fingerprint[]): Promise<Fingerprint> {
  const digits = words.toLowerCase();
  if (/^[0-9a-f]{64}$/.test(digits)) return parseFingerprint(digits);
  const folder = keyFolder(folders.keys);
  if ((await folder.find(words)).length > 0) return (await keyCalled(folder, words)).key.fingerprint;
  const found = /^[0-9a-f]{6,}$/.test(digits) ? [...new Set(others)].filter((key) => key.startsWith(digits)) : [];
  const [first, ...more] = found;
  if (first !== undefined && more.length === 0) return first;
  if (first !== undefined) {
    throw new CommandError('ambiguous', `${words.slice(0, 80)} means ${found.length} keys: ${found.map(shortFingerprint).join(', ')}`, {
      details: { keys: found },
      next: 'name one by its whole fingerprint',
    });
  }
  throw new CommandError('not-here', `no key is called ${words.slice(0, 80)} here`, {
    next: 'give the whole fingerprint of the key, 64 digits: countersign inspect shows those of a repository with --output json',
  });
}

/** The key of this machine that comes in the place of `old`. */
export async function namedSuccessor(folders: Folders, words: string, old: Fingerprint): Promise<PublicKey> {
  const { key } = await keyCalled(keyFolder(folders.keys), words);
  if (key.fingerprint !== old) return key;
  throw new UsageError('bad-arguments', `--to: wanted another key than the one that goes, got ${shortFingerprint(old)} again`);
}

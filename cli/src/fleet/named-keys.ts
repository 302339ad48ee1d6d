// The keys that a person names for a change: the one that goes may be lost or stolen, so only what it looks like is needed of it.
import type { Holder } from '@countersign/client';
import { type Fingerprint, type PublicKey, parseFingerprint, shortFingerprint } from '@countersign/core';
import { keyFolder } from '@countersign/signers';
import { CommandError, UsageError } from '../errors.ts';
import type { Folders } from '../folders.ts';
import { keyCalled } from '../local-keys.ts';
import { holdersText } from '../signer-words.ts';

/**
 * The fingerprint that `words` mean: a key of this machine by label or digits, 64 hexadecimal digits of any key, or the first digits
 * (six or more) or the signer's name of one among `others`. Throws CommandError: `not-here`, and `ambiguous` also where a label here and
 * a name there are different keys: nobody takes away another key than the one that was stolen.
 */
export async function namedFingerprint(folders: Folders, words: string, others: readonly Holder[]): Promise<Fingerprint> {
  const digits = words.toLowerCase();
  if (/^[0-9a-f]{64}$/.test(digits)) return parseFingerprint(digits);
  const folder = keyFolder(folders.keys);
  const here = (await folder.find(words)).length > 0 ? [(await keyCalled(folder, words)).key.fingerprint] : [];
  const isDigits = /^[0-9a-f]{6,}$/.test(digits);
  const there = others.filter(
    ({ fingerprint, name }) => name === words || (isDigits && here.length === 0 && fingerprint.startsWith(digits)),
  );
  const found = [...new Set([...here, ...there.map(({ fingerprint }) => fingerprint)])];
  const [first, ...more] = found;
  if (first !== undefined && more.length === 0) return first;
  if (first !== undefined) {
    throw new CommandError('ambiguous', `${words.slice(0, 80)} means ${found.length} keys: ${found.map(shortFingerprint).join(', ')}`, {
      details: { keys: found },
      next: 'name one by its whole fingerprint',
    });
  }
  throw new CommandError('not-here', `no key is called ${words.slice(0, 80)} here`, {
    next:
      others.length === 0
        ? 'give the whole fingerprint of the key, 64 digits: countersign inspect shows those of a repository with --output json'
        : `give a name or six digits or more of one that is trusted there: ${holdersText([...new Set(others.map(({ fingerprint }) => fingerprint))], others)}`,
  });
}

/** The key of this machine that comes in the place of `old`. */
export async function namedSuccessor(folders: Folders, words: string, old: Fingerprint): Promise<PublicKey> {
  const { key } = await keyCalled(keyFolder(folders.keys), words);
  if (key.fingerprint !== old) return key;
  throw new UsageError('bad-arguments', `--to: wanted another key than the one that goes, got ${shortFingerprint(old)} again`);
}

// `--key` where somebody else's public key is wanted: a file, a line of OpenSSH, or a key of this machine.
import { stat } from 'node:fs/promises';
import type { PublicKey } from '@countersign/core';
import { isOpenSshPublic, keyFolder, LONGEST_PUBLIC_KEY, readPublicKey } from '@countersign/signers';
import { CommandError } from './errors.ts';
import { foldersOf } from './folders.ts';
import { keyCalled } from './local-keys.ts';
import { givenPath, readGivenFile } from './read-file.ts';
import type { Call } from './tree/spec.ts';

/** Throws KeyError for what is no public key, CommandError `not-here` for what is nothing here, and `ambiguous` for what is two things. */
export async function givenPublicKey(call: Call, words: string): Promise<PublicKey> {
  const { world, given } = call;
  if (isOpenSshPublic(words)) return readPublicKey(Buffer.from(words), '--key');
  if (words.startsWith('file:')) return fromFile(call, words.slice('file:'.length));
  const folder = keyFolder(foldersOf(world, given.text('trust-dir')).keys);
  const isFile = words === '-' || (await isThere(givenPath(world, words)));
  const isHere = (await folder.find(words)).length > 0;
  if (!isFile && !isHere && (await folder.list()).unusable.length === 0) {
    throw new CommandError('not-here', `no file and no key of this machine is called ${words.slice(0, 80)}`, {
      next: 'check the path, or give the line of OpenSSH that its owner sent; countersign key list shows the keys of this machine',
    });
  }
  if (!isFile) return (await keyCalled(folder, words)).key;
  if (isHere) {
    throw new CommandError('ambiguous', `${words.slice(0, 80)} is a file and a key of this machine`, {
      next: `write file:${words.slice(0, 80)} for the file, or the fingerprint of the key`,
    });
  }
  return fromFile(call, words);
}

const fromFile = async ({ world }: Call, name: string): Promise<PublicKey> =>
  readPublicKey(await readGivenFile(world, name, LONGEST_PUBLIC_KEY), name.slice(0, 80));

async function isThere(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isFile();
  } catch {
    return false; // what it is not, the key folder may know
  }
}

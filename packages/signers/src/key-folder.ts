// A folder of keys, one file for each, named by key id: a key file, or a note that says where the key is. Finding a key reads headers only and asks for no passphrase.
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { KeyId, PublicKey } from '@countersign/core';
import { fileError, KeyError } from './errors.ts';
import { LONGEST_KEY_FILE, type WriteKeyOptions, writeKeyFile } from './key-file.ts';
import { parseKeyFile } from './key-file-text.ts';
import { isKeyPlace, type KeyPlace, parseKeyPlace, writeKeyPlace } from './key-place.ts';
import type { LocalSigner } from './memory.ts';
import { type Create, readSecretFile, removeSecretFile } from './secret-file.ts';

/** A key of the folder. */
export interface KeyEntry {
  readonly key: PublicKey;
  /** A name for people; it identifies nothing. */
  readonly label: string | undefined;
  /** The file in the folder: the key itself, or the note that says where it is. */
  readonly path: string;
  /** Where the key is, as a key URI; undefined when it is in that file. */
  readonly uri: string | undefined;
}

/** What a folder holds. Files that cannot be used are told beside the others, so that one of them does not hide the rest. */
export interface KeyListing {
  /** By label, then by key id. */
  readonly keys: readonly KeyEntry[];
  readonly unusable: readonly KeyError[];
}

/** A folder of keys. It keeps nothing in memory: every call reads the folder as it is. */
export interface KeyFolder {
  readonly path: string;
  /** Where the file of this key is, or would be. */
  pathOf(keyid: KeyId): string;
  /** All keys; of a folder that does not exist, none. Throws KeyError('unreadable'). */
  list(): Promise<KeyListing>;
  /**
   * The keys that `words` may mean: the one with this key id; or else those with this label and those whose fingerprint or key id
   * starts with these digits, at least 6. Two entries mean that the words are ambiguous: choosing is for a person.
   */
  find(words: string): Promise<readonly KeyEntry[]>;
  /** Writes a key file. Throws KeyError as `writeKeyFile`. */
  add(signer: LocalSigner, passphrase: string, options: WriteKeyOptions): Promise<KeyEntry>;
  /** Notes where a key is that lies elsewhere. Throws KeyError: `exists`, `unreadable`, `unsupported`; FormatError for the label. */
  note(place: KeyPlace, options: { readonly create: Create }): Promise<KeyEntry>;
  /** Removes a key file for good; of a key elsewhere, only the note. Throws KeyError: `not-found`, `unreadable`. */
  remove(keyid: KeyId): Promise<void>;
}

const SUFFIX = '.json';
const LEAST_DIGITS = 6;

/** The key folder at `path`, which need not exist before the first `add`. */
export function keyFolder(path: string): KeyFolder {
  const pathOf = (keyid: KeyId): string => {
    // A key id comes from people and from metadata; as a file name it must not lead out of the folder.
    if (!/^[0-9a-f]{64}$/.test(keyid)) throw new KeyError('not-found', 'key id is not 64 hexadecimal digits');
    return join(path, `${keyid}${SUFFIX}`);
  };
  const list = (): Promise<KeyListing> => listKeys(path);
  return {
    path,
    pathOf,
    list,
    async find(words) {
      return matching((await list()).keys, words);
    },
    async add(signer, passphrase, options) {
      const file = pathOf(signer.key.keyid);
      const { key, label } = await writeKeyFile(file, signer, passphrase, options);
      return { key, label, path: file, uri: undefined };
    },
    async note(place, { create }) {
      const file = pathOf(place.key.keyid);
      await writeKeyPlace(file, place, create);
      return { ...place, path: file };
    },
    async remove(keyid) {
      await removeSecretFile(pathOf(keyid));
    },
  };
}

async function listKeys(folder: string): Promise<KeyListing> {
  const keys: KeyEntry[] = [];
  const unusable: KeyError[] = [];
  for (const name of await namesIn(folder)) {
    // Dotted names are drafts of a write that did not finish.
    if (!name.endsWith(SUFFIX) || name.startsWith('.')) continue;
    const path = join(folder, name);
    try {
      keys.push(await readEntry(path));
    } catch (error) {
      if (!(error instanceof KeyError)) throw error;
      unusable.push(error);
    }
  }
  return { keys: keys.sort(byLabel), unusable };
}

async function readEntry(path: string): Promise<KeyEntry> {
  const bytes = await readSecretFile(path, LONGEST_KEY_FILE);
  if (isKeyPlace(bytes)) return { ...parseKeyPlace(bytes, path), path };
  const { key, label } = parseKeyFile(bytes, path);
  return { key, label, path, uri: undefined };
}

async function namesIn(folder: string): Promise<readonly string[]> {
  try {
    return (await readdir(folder)).sort();
  } catch (error) {
    const failure = fileError(error, folder, 'read');
    if (failure.code === 'not-found') return [];
    throw failure;
  }
}

function matching(keys: readonly KeyEntry[], words: string): readonly KeyEntry[] {
  const exact = keys.filter((entry) => entry.key.keyid === words);
  if (exact.length > 0) return exact;
  const digits = words.toLowerCase();
  const prefix = digits.length >= LEAST_DIGITS && /^[0-9a-f]+$/.test(digits);
  return keys.filter(
    ({ label, key }) => label === words || (prefix && (key.fingerprint.startsWith(digits) || key.keyid.startsWith(digits))),
  );
}

// Keys without a label come last.
function byLabel(a: KeyEntry, b: KeyEntry): number {
  if (a.label !== b.label) {
    if (a.label === undefined || b.label === undefined) return a.label === undefined ? 1 : -1;
    return a.label < b.label ? -1 : 1;
  }
  return a.key.keyid < b.key.keyid ? -1 : 1;
}

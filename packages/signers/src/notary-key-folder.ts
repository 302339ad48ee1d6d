// The private keys of a trust folder of notary or docker (`~/.docker/trust`), as they lie in its `private/`. Listing reads names and header
// lines and asks for no passphrase; nothing in the folder is ever changed.
import type { Dirent } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type KeyId, parseKeyId } from '@countersign/core';
import { fileError, KeyError, saidOf } from './errors.ts';
import { LONGEST_KEY_FILE } from './key-file.ts';
import type { LocalSigner } from './memory.ts';
import { checkNotaryFileName, type NotaryFacts, notaryFacts, notaryNotes } from './notary-private.ts';
import { openPrivateBlock } from './pem.ts';
import { isEncrypted, type PemBlock, privateBlock } from './pem-block.ts';
import { readSecretFile } from './secret-file.ts';

/** A key of the folder, by what its name and its header lines say. */
export interface NotaryKeyFile extends NotaryFacts {
  readonly path: string;
  readonly isEncrypted: boolean;
}

/** Files that cannot be used are told beside the others, so that one of them does not hide the rest. */
export interface NotaryKeyListing {
  /** By key id. */
  readonly keys: readonly NotaryKeyFile[];
  readonly unusable: readonly KeyError[];
}

const SUFFIX = '.key';
// Where clients before version 0.4 kept root keys and the others.
const OLD_FOLDERS: ReadonlySet<string> = new Set(['root_keys', 'tuf_keys']);

/** The keys below `trustFolder`; of a folder that does not exist, none. Throws KeyError('unreadable'). */
export async function listNotaryKeys(trustFolder: string): Promise<NotaryKeyListing> {
  const folder = join(trustFolder, 'private');
  const keys: NotaryKeyFile[] = [];
  const unusable: KeyError[] = [];
  for (const entry of await entriesOf(folder)) {
    if (!entry.name.endsWith(SUFFIX) && !OLD_FOLDERS.has(entry.name)) continue;
    try {
      keys.push(await readEntry(entry, join(folder, entry.name)));
    } catch (error) {
      if (!(error instanceof KeyError)) throw error;
      unusable.push(error);
    }
  }
  return { keys, unusable };
}

/**
 * Opens a key of the listing; `passphrase` is asked once, and only for an encrypted key. Throws KeyError: `wrong-passphrase`,
 * `unsupported`, `damaged` (above all when the key has another id than its file), and what reading a file throws.
 */
export async function openNotaryKey(
  { path }: Pick<NotaryKeyFile, 'path'>,
  passphrase: (about: { readonly role: string | undefined }) => Promise<string>,
): Promise<NotaryFacts & { readonly signer: LocalSigner }> {
  const block = await readBlock(path);
  const notes = notaryNotes(block) ?? { role: undefined, gun: undefined, path: undefined };
  const secret = isEncrypted(block) ? await passphrase({ role: notes.role }) : undefined;
  const signer = saidOf(path, () => openPrivateBlock(block, secret));
  const facts = notaryFacts(signer, notes, path);
  checkNotaryFileName(path, facts.keyid);
  return { signer, ...facts };
}

async function readEntry(entry: Dirent, path: string): Promise<NotaryKeyFile> {
  const refuse = (what: string): KeyError => new KeyError('unsupported', `${path} ${what}`, { details: { path } });
  if (OLD_FOLDERS.has(entry.name)) throw refuse('is of a client before version 0.4: `notary key list` of a newer one moves its keys');
  // The client follows none either: what a link leads to is not of this folder.
  if (!entry.isFile()) throw refuse('is no regular file');
  const keyid = keyIdIn(entry.name);
  if (keyid === undefined) throw refuse('is not named by a key id of 64 hexadecimal digits');
  const block = await readBlock(path);
  const notes = saidOf(path, () => notaryNotes(block));
  return { keyid, role: notes?.role, gun: notes?.gun, path, isEncrypted: isEncrypted(block) };
}

function keyIdIn(name: string): KeyId | undefined {
  const text = name.slice(0, -SUFFIX.length);
  return /^[0-9a-f]{64}$/.test(text) ? parseKeyId(text) : undefined;
}

async function readBlock(path: string): Promise<PemBlock> {
  const text = new TextDecoder().decode(await readSecretFile(path, LONGEST_KEY_FILE));
  return saidOf(path, () => privateBlock(text));
}

async function entriesOf(folder: string): Promise<readonly Dirent[]> {
  try {
    return (await readdir(folder, { withFileTypes: true })).sort((a, b) => (a.name < b.name ? -1 : 1));
  } catch (error) {
    const failure = fileError(error, folder, 'read');
    if (failure.code === 'not-found') return [];
    throw failure;
  }
}

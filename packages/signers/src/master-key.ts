// The master secret from which a server derives its keys: 64 hexadecimal digits and a newline, in one file.
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { decodeHex, encodeHex, isHex } from '@countersign/core';
import { MASTER_BYTES } from './derived.ts';
import { isKeyError, KeyError } from './errors.ts';
import { readSecretFile, writeSecretFile } from './secret-file.ts';

const FILE_BYTES = 2 * MASTER_BYTES + 1;

/** Where the secret is: `master.key` in a folder of the server's own, or a file that an operator named. */
export type MasterKeyPlace = { readonly folder: string } | { readonly file: string };

/**
 * The master secret, 32 bytes. `master.key` in a folder is made from the system's randomness when it is absent; a file that an
 * operator named must exist, because a mistyped path must not give every repository new keys. Two processes that start at once get
 * the same secret. Throws KeyError: `not-found`, `open-permissions`, `truncated`, `damaged`, `unreadable`.
 */
export async function loadMasterKey(place: MasterKeyPlace): Promise<Uint8Array> {
  if ('file' in place) return readMasterKey(place.file);
  const path = join(place.folder, 'master.key');
  try {
    return await readMasterKey(path);
  } catch (error) {
    if (!isKeyError(error, 'not-found')) throw error;
  }
  try {
    await writeSecretFile(path, Buffer.from(`${encodeHex(randomBytes(MASTER_BYTES))}\n`), { create: 'refuse' });
  } catch (error) {
    if (!isKeyError(error, 'exists')) throw error;
  }
  // Read back in both cases: what a later start will find is what this one uses.
  return readMasterKey(path);
}

async function readMasterKey(path: string): Promise<Uint8Array> {
  const text = Buffer.from(await readSecretFile(path, 4 * FILE_BYTES)).toString('latin1');
  const context = { details: { path } };
  if (text.length < FILE_BYTES && /^[0-9a-f]*$/.test(text)) throw new KeyError('truncated', `${path} ends too early`, context);
  const digits = text.slice(0, -1);
  if (!isHex(digits, 2 * MASTER_BYTES) || !text.endsWith('\n')) {
    throw new KeyError('damaged', `${path} is damaged: wanted ${2 * MASTER_BYTES} hexadecimal digits and a newline`, context);
  }
  return decodeHex(digits);
}

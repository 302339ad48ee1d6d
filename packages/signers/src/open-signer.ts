// From a key URI to a signer: the one place that knows which kinds of key there are.
import { fileURLToPath } from 'node:url';
import { excerpt, type Signer } from '@countersign/core';
import { KeyError } from './errors.ts';
import { openKeyFile, readKeyFileHeader } from './key-file.ts';
import type { KeyFileHeader } from './key-file-text.ts';

export interface OpenSignerOptions {
  /** Asked once, and only when the key is encrypted and its file is whole. What it throws, `openSigner` throws. */
  readonly passphrase: (header: KeyFileHeader & { readonly path: string }) => Promise<string>;
}

/**
 * The signer that a key URI names: `file:PATH`, `file:///PATH`, or a bare path, all of them key files. Throws KeyError as
 * `openKeyFile`, and `unsupported` for other schemes.
 */
export async function openSigner(uri: string, options: OpenSignerOptions): Promise<Signer> {
  const path = pathOf(uri);
  const header = await readKeyFileHeader(path);
  return openKeyFile(path, await options.passphrase({ ...header, path }));
}

function pathOf(uri: string): string {
  if (uri === '') throw new KeyError('unsupported', 'key uri is empty, wanted file:PATH or a path');
  // One letter and a colon is a drive of Windows.
  const scheme = /^([A-Za-z][A-Za-z0-9+.-]+):/.exec(uri)?.[1]?.toLowerCase();
  if (scheme === undefined) return uri;
  if (scheme !== 'file') throw new KeyError('unsupported', `key uri has the scheme ${excerpt(scheme)}, wanted file:PATH or a path`);
  if (!uri.slice('file:'.length).startsWith('//')) return uri.slice('file:'.length);
  try {
    return fileURLToPath(uri);
  } catch (cause) {
    throw new KeyError('unsupported', 'key uri names no local file, wanted file:///PATH', { cause });
  }
}

// How a repository's files are called on this machine: by the SHA-256 of its name, which holds slashes, colons and may be longer
// than a file name can be.
import { join } from 'node:path';
import { type Cryptography, encodeHex, encodeUtf8, type Gun } from '@countersign/core';

export const folderNameOf = (gun: Gun, crypto: Cryptography): string => encodeHex(crypto.digest('sha256', encodeUtf8(gun)));

/** Where the files of each repository lie below `folder`; a name is digested once. */
export function foldersBelow(folder: string, crypto: Cryptography): (gun: Gun) => string {
  const paths = new Map<Gun, string>();
  return (gun) => {
    const known = paths.get(gun);
    if (known !== undefined) return known;
    const path = join(folder, folderNameOf(gun, crypto));
    paths.set(gun, path);
    return path;
  };
}

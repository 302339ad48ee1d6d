// How a repository's files are called on this machine: by the SHA-256 of its name, which holds slashes, colons and may be longer
// than a file name can be. One name may stand for a repository of each dialect, and what is known of one says nothing of the other.
import { join } from 'node:path';
import { type Cryptography, type Dialect, encodeHex, encodeUtf8, type Gun } from '@countersign/core';

export type DialectName = Dialect['name'];

// No repository of TUF has a name with a space in it.
const BEFORE: Readonly<Record<DialectName, string>> = { tuf: '', notary: 'notary ' };

export const folderNameOf = (gun: Gun, dialect: DialectName, crypto: Cryptography): string =>
  encodeHex(crypto.digest('sha256', encodeUtf8(`${BEFORE[dialect]}${gun}`)));

/** Where the files of each repository lie below `folder`; a name is digested once. */
export function foldersBelow(folder: string, dialect: DialectName, crypto: Cryptography): (gun: Gun) => string {
  const paths = new Map<Gun, string>();
  return (gun) => {
    const known = paths.get(gun);
    if (known !== undefined) return known;
    const path = join(folder, folderNameOf(gun, dialect, crypto));
    paths.set(gun, path);
    return path;
  };
}

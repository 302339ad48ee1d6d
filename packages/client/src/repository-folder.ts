// How a repository's files are called on this machine: by the SHA-256 of its name, which holds slashes, colons and may be longer
// than a file name can be.
import { type Cryptography, encodeHex, encodeUtf8, type Gun } from '@countersign/core';

export const folderNameOf = (gun: Gun, crypto: Cryptography): string => encodeHex(crypto.digest('sha256', encodeUtf8(gun)));

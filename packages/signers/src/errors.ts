// What can go wrong with a key at rest.
import { CountersignError } from '@countersign/core';

export type KeyCode =
  | 'wrong-passphrase' // the file is whole, and this passphrase does not open it
  | 'truncated' // the file ends too early
  | 'damaged' // bytes of the file are not what was written
  | 'unknown-schema' // a file of another version, or of another program
  | 'exists' // something is there already, and nobody allowed replacing it
  | 'not-found' // there is no such file
  | 'unreadable' // the operating system refused to read or write it
  | 'unsupported' // a key, a setting or a URI scheme that this package does not do
  | 'wrong-pin' // the token refused the PIN, and counts such tries
  | 'pin-locked' // the token takes no PIN any more, or one more wrong one would lock it
  | 'ambiguous' // a key URI that fits several keys or tokens
  | 'signer-failed' // the program or the token that holds the key did not sign, or signed with something else
  | 'signer-refused' // the signing service that holds the key says no
  | 'no-module' // what speaks with tokens is not installed, or the token's library does not load
  | 'closed' // a signer that was closed before
  | 'open-permissions'; // other users of this computer may read the secret

/** A key file, a master key or a key URI that cannot be used. `details.path` is the file, where there is one. */
export class KeyError extends CountersignError<KeyCode> {
  override readonly name = 'KeyError';
}

/** Whether `error` is a KeyError, and of `code` when one is given. */
export function isKeyError(error: unknown, code?: KeyCode): error is KeyError {
  return error instanceof KeyError && (code === undefined || error.code === code);
}

/** What `work` answers. A KeyError that it throws about a text is thrown about `name`, which is where the text came from. */
export function saidOf<Result>(name: string, work: () => Result): Result {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof KeyError)) throw error;
    throw new KeyError(error.code, `${name}: ${error.message}`, { cause: error, details: { ...error.details, path: name } });
  }
}

const WORDS: ReadonlyMap<string, string> = new Map([
  ['EACCES', 'permission denied'],
  ['EPERM', 'permission denied'],
  ['EROFS', 'the file system is read-only'],
  ['ENOSPC', 'the disk is full'],
  ['EDQUOT', 'the disk quota is used up'],
  ['ENOTDIR', 'a part of the path is not a folder'],
]);

/** The error for a failed call of node:fs, with the system's own error as cause. */
export function fileError(error: unknown, path: string, act: string): KeyError {
  const cause = error instanceof Error ? error : new Error(String(error));
  const system = 'code' in cause && typeof cause.code === 'string' ? cause.code : 'unknown error';
  const context = { cause, details: { path } };
  if (system === 'ENOENT') return new KeyError('not-found', `${path} does not exist`, context);
  if (system === 'EEXIST') return new KeyError('exists', `${path} exists already`, context);
  return new KeyError('unreadable', `cannot ${act} ${path}: ${WORDS.has(system) ? `${WORDS.get(system)} (${system})` : system}`, context);
}

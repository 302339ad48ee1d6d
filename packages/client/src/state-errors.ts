// What the file system and the parsers say about state, as one error that names the path.
import { CountersignError } from '@countersign/core';
import { systemCode } from './durable-file.ts';
import { StateError } from './errors.ts';

const READABLE: ReadonlyMap<string, string> = new Map([
  ['EACCES', 'permission denied'],
  ['EPERM', 'permission denied'],
  ['EROFS', 'the file system is read-only'],
  ['ENOSPC', 'the disk is full'],
  ['EDQUOT', 'the disk quota is used up'],
  ['ENOTDIR', 'a part of the path is not a folder'],
  ['EEXIST', 'it is not a folder'],
]);

/** `error`, met while reading `path`, as StateError('damaged-state'); anything that is neither I/O nor a parser's word stays itself. */
export function damaged(path: string, error: unknown): unknown {
  const reason = error instanceof CountersignError ? error.message : reasonOf(error);
  return reason === undefined ? error : new StateError('damaged-state', `${path}: ${reason}`, { cause: error, details: { path } });
}

/** `error`, met while writing to `path`, as StateError('unwritable-state'). */
export function unwritable(path: string, error: unknown): unknown {
  const reason = reasonOf(error);
  return reason === undefined ? error : new StateError('unwritable-state', `${path}: ${reason}`, { cause: error, details: { path } });
}

function reasonOf(error: unknown): string | undefined {
  const code = systemCode(error);
  return code && `${READABLE.get(code) ?? 'failed'} (${code})`;
}

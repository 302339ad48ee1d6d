// What a store says when it says no. Callers switch on `code`; the text may change.
import { CountersignError } from '@countersign/core';

export type StoreCode =
  | 'conflict' // the head moved: read it again and decide anew
  | 'claimed' // something in the change belongs to another GUN (`details.gun`)
  | 'version' // this version of the role is taken by other bytes, or was passed long ago
  | 'invalid' // the change, the record or the query contradicts itself: a mistake of the caller
  | 'locked' // another process, or another store of this one, has the folder
  | 'unavailable' // the disk or the database did not do it; after a commit: nobody knows whether it did
  | 'failed' // an earlier write was unsure: reopen the store before writing again
  | 'damaged' // stored bytes are not the bytes that were stored
  | 'schema' // another layout than this program's
  | 'closed'; // after `close`

export class StoreError extends CountersignError<StoreCode> {
  override readonly name = 'StoreError';
}

/** True for a `StoreError`, of this code if one is given. */
export function isStoreError(error: unknown, code?: StoreCode): error is StoreError {
  return error instanceof StoreError && (code === undefined || error.code === code);
}

/** Foreign text as it may appear in a message: printable, at most 80 characters. */
export function shown(text: string): string {
  const printable = text.replace(/[^\x20-\x7e]/g, '?');
  return printable.length > 80 ? `${printable.slice(0, 77)}...` : printable;
}

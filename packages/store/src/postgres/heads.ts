// Heads as rows.
import { headText, readHeadText } from '../head-text.ts';
import type { StoredHead } from '../line.ts';
import { damaged, sealOf } from '../sealed.ts';

export interface HeadRow {
  readonly repository: string;
  readonly head: string;
  readonly seal: string;
}

/** How messages name the row of a repository. */
export const headKey = (repository: string): string => `head ${repository}`;

export function headRow(repository: string, stored: StoredHead): HeadRow {
  const head = headText(stored);
  return { repository, head, seal: sealOf(headKey(repository), head).toString('hex') };
}

/** @throws StoreError `damaged` */
export function readHeadRow({ repository, head, seal }: HeadRow): StoredHead {
  const key = headKey(repository);
  if (sealOf(key, head).toString('hex') !== seal) throw damaged(key, 'does not fit its checksum');
  return readHeadText(key, head);
}

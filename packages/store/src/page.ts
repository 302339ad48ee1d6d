// Which numbers a query for records asks for. Records are numbered without gaps, so a page is arithmetic, and a number that is then
// missing from the store is damage, not the end.
import { StoreError } from './errors.ts';
import { isWhole } from './guards.ts';
import type { RecordQuery } from './store.ts';

const maxLimit = 1000;

/**
 * The numbers of the page in the order of the answer, among the records 1 to `last`.
 *
 * @throws StoreError `invalid` for bounds or a limit that are not whole numbers in their range
 */
export function pageOf(query: RecordQuery, last: number): readonly number[] {
  const { after, before, limit } = query;
  if (!isWhole(limit, 1) || limit > maxLimit) throw new StoreError('invalid', `a page has 1 to ${maxLimit} records, got ${limit}`);
  for (const bound of [after, before]) {
    if (bound !== undefined && !isWhole(bound, 0)) throw new StoreError('invalid', `a bound is a whole number, got ${bound}`);
  }
  const lowest = (after ?? 0) + 1;
  const highest = Math.min(last, (before ?? Number.MAX_SAFE_INTEGER) - 1);
  const count = Math.max(0, Math.min(limit, highest - lowest + 1));
  const backward = after === undefined && before !== undefined;
  return Array.from({ length: count }, (_, index) => (backward ? highest - index : lowest + index));
}

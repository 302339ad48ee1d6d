// The items of a dump, passed on as long as they agree. What is loaded into a store must be whole, wherever it comes from.
import { StoreError, shown } from '../errors.ts';
import { type Finding, Inspector } from './inspector.ts';
import type { DamagedItem, StoredItem } from './item.ts';

/**
 * The same items. The last of them may already be with the reader when what is missing shows: nothing may be believed before the end.
 *
 * @throws StoreError `damaged` at the first item that does not fit, and at the end when something is missing
 */
export async function* soundItems(items: AsyncIterable<StoredItem | DamagedItem>): AsyncGenerator<StoredItem> {
  const inspector = new Inspector();
  for await (const item of items) {
    check(inspector.take(item));
    if (item.item === 'damage') throw item.error;
    yield item;
  }
  check(inspector.end());
}

function check([finding]: readonly Finding[]): void {
  if (finding === undefined) return;
  const { repository, text } = finding;
  throw new StoreError('damaged', repository === undefined ? text : `${shown(repository.gun)} (${repository.dialect}): ${text}`);
}

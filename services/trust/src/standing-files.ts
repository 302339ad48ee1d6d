// The repositories of a store as they stand, out of its backup: the newest file of each role, one repository at a time.
import type { RoleName } from '@countersign/core';
import type { HeadItem, RepositoryRef, ServerRole, StoredItem } from '@countersign/store';

export interface StandingFiles {
  readonly repository: RepositoryRef;
  readonly files: ReadonlyMap<RoleName, Uint8Array>;
  readonly generations: ReadonlyMap<ServerRole, number>;
}

/** Tombstones among them: their versions survive, so whoever counts on must know them. */
export async function* standingFiles(items: AsyncIterable<StoredItem>): AsyncGenerator<StandingFiles> {
  let head: HeadItem | undefined;
  let files = new Map<RoleName, Uint8Array>();
  const done = (): readonly StandingFiles[] =>
    head === undefined ? [] : [{ repository: head.repository, files, generations: head.head.generations }];
  for await (const item of items) {
    if (item.item === 'head') {
      yield* done();
      head = item;
      files = new Map();
    } else if (item.item === 'file' && head?.head.files.get(item.role)?.digest === item.digest) files.set(item.role, item.bytes);
  }
  yield* done();
}

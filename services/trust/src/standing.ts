// How a repository stands, and whether the store that says so is the one this server last wrote to.
import { SNAPSHOT, TIMESTAMP } from '@countersign/core';
import type { Head, RepositoryRef } from '@countersign/store';
import { RequestError } from './errors.ts';
import type { Mark } from './high-water-lines.ts';
import { keyOf } from './repository.ts';
import type { World } from './world.ts';

type Places = Pick<World, 'store' | 'marks'>;

/** The head, tombstones included. Throws RequestError(`restored-store`). */
export async function headOf({ store, marks }: Places, repository: RepositoryRef): Promise<Head | undefined> {
  // The mark first: a publish that ends between the two reads may only make the head look newer than its mark.
  const mark = marks.of(keyOf(repository));
  const head = await store.head(repository);
  if (mark !== undefined) checkNotRestored(repository, head, mark);
  return head;
}

/** The head of a repository that is served. Throws RequestError: `not-found` or `restored-store`. */
export async function servedHead(places: Places, repository: RepositoryRef): Promise<Head> {
  const head = await headOf(places, repository);
  if (head === undefined) throw new RequestError('not-found', 'no such repository');
  if (head.deleted) throw new RequestError('not-found', 'this repository was deleted');
  return head;
}

/**
 * What the high-water file remembers of a head. In the Notary dialect the snapshot is not counted: publishers number it who hold its
 * key, and it starts over when a deleted name does. `seq` rises with each of them all the same.
 */
export function markOf({ dialect }: RepositoryRef, head: Head): Mark {
  const [timestamp, snapshot] = [TIMESTAMP, SNAPSHOT].map((role) => head.files.get(role)?.version ?? 0);
  return { timestamp: timestamp ?? 0, snapshot: dialect === 'notary' ? 0 : (snapshot ?? 0), seq: head.seq };
}

function checkNotRestored(repository: RepositoryRef, head: Head | undefined, mark: Mark): void {
  const text = behindMark(repository, head, mark);
  if (text !== undefined) throw new RequestError('restored-store', text);
}

/** What the store lacks that was signed before; undefined where it lacks nothing. Without a head it lacks everything. */
export function behindMark(repository: RepositoryRef, head: Head | undefined, mark: Mark): string | undefined {
  const got = head === undefined ? { timestamp: 0, snapshot: 0, seq: 0 } : markOf(repository, head);
  const behind = (['timestamp', 'snapshot', 'seq'] as const).find((name) => got[name] < mark[name]);
  if (behind === undefined) return undefined;
  return `the store has ${behind} ${got[behind]} of ${repository.gun}, but ${mark[behind]} was signed before: an old copy was restored`;
}

/** How a name stands: `begun` waits for the last part of an import. */
export type ImportStanding = 'nothing' | 'begun' | 'served' | 'deleted';

/** Where an import of this name would begin. Throws RequestError and StoreError. */
export async function importStanding(
  world: World,
  repository: RepositoryRef,
): Promise<{ readonly head: Head | undefined; readonly standing: ImportStanding }> {
  const head = await headOf(world, repository);
  if (head === undefined) return { head, standing: 'nothing' };
  if (!head.deleted) return { head, standing: 'served' };
  const [last] = await world.store.records({ repository, before: head.seq + 1, limit: 1 });
  return { head, standing: last?.record.kind === 'import' ? 'begun' : 'deleted' };
}

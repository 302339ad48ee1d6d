// The one way into the store: commit, then the high-water mark, then nothing old is served any more, and only then the answer.
import { type Change, type Head, isStoreError, type RepositoryRef } from '@countersign/store';
import { RequestError } from './errors.ts';
import type { Reading } from './ready.ts';
import { renewReady } from './renew-ready.ts';
import { keyOf } from './repository.ts';
import { markOf } from './standing.ts';
import type { World } from './world.ts';

/**
 * The mark is written after the commit and before anybody is told. The other way round, a crash between the two would leave a mark
 * ahead of its store, which at the next start reads as a restored backup. A store ahead of its mark does no harm: nobody was told,
 * and the next publish raises the mark.
 */
export async function commit(world: World, repository: RepositoryRef, head: Head | undefined, change: Change): Promise<Head> {
  const name = keyOf(repository);
  world.condition.checkWrites();
  const reading = world.ready.beginCommit(name);
  try {
    const next = await stored(world, repository, head, change);
    world.counts.commit(repository.dialect, change);
    if (change.record !== undefined) world.changes.note(name, { seq: next.seq, time: Date.parse(change.record.record.time) });
    try {
      await raise(world, repository, next);
    } catch (error) {
      world.ready.drop(name);
      throw error;
    }
    renewed(world, repository, reading, next, change);
    return next;
  } finally {
    world.ready.end(reading);
  }
}

/** What is stored and acknowledged stays so, whatever is thought of it: then nothing is left ready, and the next read finds out. */
function renewed(world: World, repository: RepositoryRef, reading: Reading, head: Head, change: Change): void {
  try {
    renewReady(world, repository, reading, head, change);
  } catch (error) {
    world.ready.drop(keyOf(repository));
    world.log.error({ err: error, gun: repository.gun }, 'the timestamp that was just stored cannot be made ready');
  }
}

async function stored(world: World, repository: RepositoryRef, head: Head | undefined, change: Change): Promise<Head> {
  try {
    return await world.spans.step('commit', { dialect: repository.dialect }, () =>
      world.store.commit(repository, head?.revision ?? 'new', change),
    );
  } catch (error) {
    // Nobody knows whether an unsure write is kept, so whatever is decided from here on could fork a history.
    if (isStoreError(error, 'unavailable') || isStoreError(error, 'failed')) world.condition.doubt('store', error);
    throw error;
  }
}

/** Before anybody is told of a head. Throws RequestError(`unavailable`). */
export async function raise(world: World, repository: RepositoryRef, head: Head): Promise<void> {
  try {
    await world.marks.raise(keyOf(repository), markOf(repository, head));
  } catch (error) {
    // The publish stands, but a later restore of this state's backup could not be told from the state itself.
    world.condition.doubt('marks', error instanceof Error ? error : new Error(String(error)));
    throw new RequestError('unavailable', 'this is stored, but its high-water mark cannot be written', { cause: error });
  }
}

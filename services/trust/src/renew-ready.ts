// What a commit leaves ready. Everything of its repository is forgotten; where clients ask for the timestamp again and again, the one that
// was just stored takes the place of the one before. Else each publish would send those who come next to the store, and they would wait
// behind the publishes that follow.
import { TIMESTAMP } from '@countersign/core';
import type { Change, Head, RepositoryRef } from '@countersign/store';
import type { Reading } from './ready.ts';
import { keyOf } from './repository.ts';
import { freshOf, timestampReply } from './timestamp-answer.ts';
import type { World } from './world.ts';

/**
 * After the commit that made `head`, and after its mark. `since` was begun before that commit: another one that ended since then may be the
 * later of the two, and then nothing is kept.
 */
export function renewReady(world: World, repository: RepositoryRef, since: Reading, head: Head, { files }: Change): void {
  const name = keyOf(repository);
  const url = ADDRESS[repository.dialect](repository.gun);
  const isAsked = world.ready.get(url)?.asked === true;
  const isOvertaken = since.stale;
  world.ready.drop(name);
  world.ready.end(since);
  const newest = head.files.get(TIMESTAMP)?.digest;
  // An import may bring several versions at once.
  const timestamp = files.find(({ role, digest }) => role === TIMESTAMP && digest === newest);
  if (!isAsked || isOvertaken || head.deleted || timestamp === undefined) return;
  const published = world.changes.timeOf(name, head.seq);
  if (repository.dialect === 'notary' && published === undefined) return;
  const fresh = freshOf(world, repository, head, timestamp.bytes);
  const reply = timestampReply(world, repository, fresh, published);
  const reading = world.ready.begin(name);
  world.ready.keep(url, reading, repository.gun, reply, fresh.until, 'unasked');
  world.ready.end(reading);
}

/** Nobody else's spelling of it is made ready. */
const ADDRESS = {
  tuf: (gun: string): string => `/v2/${gun}/_trust/metadata/timestamp.json`,
  notary: (gun: string): string => `/v2/${gun}/_trust/tuf/timestamp.json`,
} as const;

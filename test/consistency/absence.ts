// When a repository is not there. Records number the deletions as they number the writes, but no mark tells whose deletion one was, nor under
// which of several somebody found nothing: the first one that time allows is taken, which leaves most room for everybody later.
import type { Operation, Told } from './history.ts';

/** The records that delete, in their order. What comes after each is the next life. */
export const deletionsOf = (told: readonly Told[]): readonly number[] => told.flatMap(({ seq, deletes }) => (deletes ? [seq] : []));

/** The record under which somebody found nothing who knew of record `least`; undefined where the repository stood ever since. */
export function placeIn(deletions: readonly number[], least: number): number | undefined {
  // By halves: there may be as many as records.
  let [low, high] = [0, deletions.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((deletions[middle] ?? 0) >= least) high = middle;
    else low = middle + 1;
  }
  return deletions[low];
}

/** Whoever was told that it is deleted, and whoever was told that it is not there. */
export const foundNothing = (operation: Operation): boolean =>
  operation.kind === 'absence' || (operation.kind === 'deletion' && operation.outcome === 'accepted');

/** When each deletion can have begun at the earliest: the second one not before two had been asked for. */
export function beginningsOf(own: readonly Operation[], deletions: readonly number[]): ReadonlyMap<number, number> {
  const asked = own.filter(({ kind }) => kind === 'deletion').map(({ start }) => start);
  asked.sort((one, other) => one - other);
  return new Map(deletions.map((seq, index) => [seq, asked[index] ?? Number.POSITIVE_INFINITY]));
}

/** Nothing is deleted but by those who ask for it, and nobody sees files under a deletion. */
export function* absenceFaults(own: readonly Operation[], told: readonly Told[]): Generator<string> {
  const deletions = deletionsOf(told).length;
  const asked = own.filter(({ kind }) => kind === 'deletion').length;
  if (deletions > asked) yield `it was deleted ${deletions} times, and ${asked} asked for it`;
  for (const operation of own) {
    if (operation.kind !== 'read') continue;
    const { seq } = operation.seen;
    if (told[seq - 1]?.deletes === true) yield `${operation.actor} saw files under record ${seq}, which deletes them`;
  }
}

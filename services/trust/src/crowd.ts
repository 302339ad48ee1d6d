// Whether a publish makes way for readers. One of a few does: it has its signatures made on another thread, and pauses in its review, so that
// whoever reads waits for a part of it and not for all. Each such step costs turns of the event loop and of the scheduler, together a tenth
// of a publish. Where many publishes wait for each other, so does every reader, and what shortens that wait is to be done sooner.
import type { World } from './world.ts';

/** Repositories with a publish under way, this one among them. A server that keeps up has one or two. */
const CROWD = 4;

/** Milliseconds that a review may go on without a pause, however many others wait: who publishes may bring one that takes a second. */
export const LONGEST_WITHOUT_PAUSE = 5;

export const isCrowded = ({ writes }: Pick<World, 'writes'>): boolean => writes.underWay >= CROWD;

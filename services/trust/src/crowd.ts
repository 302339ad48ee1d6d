// Whether a publish makes way for readers. One of a few does: it has its signatures made on another thread, and pauses in its review, so that
// whoever reads waits for a part of it and not for all. Each such step costs turns of the event loop and of the scheduler, together a tenth
// of a publish. Where many publishes wait for each other, so does every reader, and what shortens that wait is to be done sooner.
import type { World } from './world.ts';

/** Repositories with a publish under way. A server that keeps up has one or two. */
const CROWD = 4;

export const isCrowded = ({ writes }: Pick<World, 'writes'>): boolean => writes.underWay >= CROWD;

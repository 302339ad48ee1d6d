// Whether the clock of this machine still goes as the machine itself counts. One that was set ahead would make this server promise
// freshness for years, with files that nobody can take back; one that was set back would make it sign what has expired at once.
import type { Instant } from '@countersign/core';

export interface ClockWatch {
  trouble(): 'clock-jumped' | undefined;
}

/** Corrections of less than this are ordinary. */
const TOLERANCE = 5 * 60_000;

/**
 * `elapsed` counts milliseconds from any moment, sleep included, and nobody can set it. The clock is taken for right when this begins;
 * when it comes back to what it would be by then, the trouble is over.
 */
export function watchClock(now: () => Instant, elapsed: () => number): ClockWatch {
  const begun = now() - elapsed();
  return { trouble: () => (Math.abs(now() - elapsed() - begun) > TOLERANCE ? 'clock-jumped' : undefined) };
}

/** For those who set the clock themselves. */
export const unwatchedClock: ClockWatch = { trouble: () => undefined };

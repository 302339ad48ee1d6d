// Whether the clock of this machine still goes as the machine itself counts. One that was set ahead would make this server promise
// freshness for years, with files that nobody can take back; one that was set back would make it sign what has expired at once.
import type { Instant } from '@countersign/core';

export interface ClockWatch {
  trouble(): 'clock-jumped' | undefined;
}

/** Corrections of less than this are ordinary. */
const TOLERANCE = 5 * 60_000;
/** So many milliseconds a look holds that found no trouble, unless the clock moves by more than as many otherwise than time does. */
const LOOK_HOLDS = 1000;

/**
 * `elapsed` counts milliseconds from any moment, sleep included, and nobody can set it. The clock is taken for right when this begins;
 * when it comes back to what it would be by then, the trouble is over. Asking it costs a file of the system's, and every publish asks four
 * times: so `awake`, which costs nothing and stands still while the machine sleeps, says when it is time to look again.
 */
export function watchClock(now: () => Instant, elapsed: () => number, awake: () => number = () => performance.now()): ClockWatch {
  const begun = now() - elapsed();
  const look = () => {
    const clock = now();
    return { clock, awake: awake(), trouble: Math.abs(clock - elapsed() - begun) > TOLERANCE ? ('clock-jumped' as const) : undefined };
  };
  let last = look();
  return {
    trouble() {
      const since = awake() - last.awake;
      const moved = now() - last.clock - since;
      if (last.trouble !== undefined || since > LOOK_HOLDS || Math.abs(moved) > LOOK_HOLDS) last = look();
      return last.trouble;
    },
  };
}

/** For those who set the clock themselves. */
export const unwatchedClock: ClockWatch = { trouble: () => undefined };

// The one place that reads the clock of this machine. Everything else is told the time.
import type { Instant } from '@countersign/core';

/** Milliseconds since 1970, as this machine counts them. */
export const systemClock = (): Instant => Date.now() as Instant;

// How often a caller may ask, as a configuration says it.
import { z } from 'zod';

export interface Rate {
  readonly perMinute: number;
  /** How many at once. */
  readonly burst: number;
}

export interface RateLimits {
  /** Writes that were refused, by caller. */
  readonly refusedWrites: Rate | undefined;
  readonly writesPerCaller: Rate | undefined;
  readonly writesPerRepository: Rate | undefined;
  /** Of what is not answered from memory. */
  readonly readsPerCaller: Rate | undefined;
}

const rate = z.union([z.strictObject({ perMinute: z.int().min(1), burst: z.int().min(1) }), z.literal('off')]).optional();

/** What was given; the rest has its usual value. */
export type GivenRates = Readonly<Partial<Record<keyof RateLimits, Rate | 'off' | undefined>>>;

export const RATES_SHAPE: z.ZodType<GivenRates> = z
  .strictObject({ refusedWrites: rate, writesPerCaller: rate, writesPerRepository: rate, readsPerCaller: rate })
  .prefault({});

// Nobody who publishes is refused ten times a second for a minute on end.
const REFUSED_WRITES: Rate = { perMinute: 600, burst: 600 };

/** Where nobody is told from anybody else, one caller's mistakes would stop all. */
export function ratesOf(given: GivenRates, guarded: boolean): RateLimits {
  const of = (name: keyof RateLimits, usual?: Rate): Rate | undefined => {
    const rate = given[name] ?? usual;
    return rate === 'off' ? undefined : rate;
  };
  return {
    refusedWrites: of('refusedWrites', guarded ? REFUSED_WRITES : undefined),
    writesPerCaller: of('writesPerCaller'),
    writesPerRepository: of('writesPerRepository'),
    readsPerCaller: of('readsPerCaller'),
  };
}

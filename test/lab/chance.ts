// Randomness that can be had again: the same seed makes the same choices.

export interface Chance {
  /** A whole number from 0 to `below` - 1. */
  below(below: number): number;
  /** True once in `every` times. */
  once(every: number): boolean;
  pick<Value>(values: readonly Value[]): Value;
}

/** `seed`: any whole number; 32 bits of it count. */
export function chanceOf(seed: number): Chance {
  let state = seed >>> 0;
  // mulberry32: small, and good enough to choose where to cut.
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return (mixed ^ (mixed >>> 14)) >>> 0;
  };
  const below = (limit: number): number => Math.floor((next() / 2 ** 32) * limit);
  return {
    below,
    once: (every) => below(every) === 0,
    pick(values) {
      const value = values[below(values.length)];
      if (value === undefined) throw new Error('nothing to pick from');
      return value;
    },
  };
}

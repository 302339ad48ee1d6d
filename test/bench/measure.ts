// Measuring on a shared machine: contestants take turns, and what is reported is the ratio pair by pair.

export interface Duel {
  /** Medians, in milliseconds. */
  readonly ours: number;
  readonly theirs: number;
  /** The median of theirs / ours, run by run: how many times faster we are. */
  readonly faster: number;
}

export const median = (values: readonly number[]): number => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;

// Long enough for what runs often to be compiled: the same time for both, so that the slower one is not compiled any less.
const WARM_UP_MS = 5000;

/**
 * Warms both up, then runs them `rounds` times each, in turns of `turn`: within a turn a contestant finds its own code and data in the
 * processor's caches, as a program does that has the machine to itself. Each returns what it measured, in milliseconds.
 */
export async function duel(
  { rounds, turn }: { readonly rounds: number; readonly turn: number },
  ours: () => Promise<number>,
  theirs: () => Promise<number>,
): Promise<Duel> {
  for (const contestant of [ours, theirs]) {
    const start = performance.now();
    while (performance.now() - start < WARM_UP_MS) await contestant();
  }
  const [mine, yours]: [number[], number[]] = [[], []];
  while (mine.length < rounds) {
    for (let run = 0; run < turn; run += 1) mine.push(await ours());
    for (let run = 0; run < turn; run += 1) yours.push(await theirs());
  }
  return { ours: median(mine), theirs: median(yours), faster: median(yours.map((time, run) => time / (mine[run] ?? Number.NaN))) };
}

/** Wall-clock milliseconds of `act`. */
export async function elapsed(act: () => Promise<unknown>): Promise<number> {
  const start = process.hrtime.bigint();
  await act();
  return Number(process.hrtime.bigint() - start) / 1e6;
}

/** CPU milliseconds of this process while `act` runs, garbage collection and all threads included. */
export function cpu(act: () => unknown): number {
  const start = process.cpuUsage();
  act();
  const { user, system } = process.cpuUsage(start);
  return (user + system) / 1000;
}

// Measuring on a shared machine: contestants take turns, and what is reported is the ratio pair by pair.

export interface Duel {
  /** Medians, in milliseconds. */
  readonly ours: number;
  readonly theirs: number;
  /** The median of theirs / ours, round by round: how many times faster we are. */
  readonly faster: number;
}

export const median = (values: readonly number[]): number => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;

/** Runs both in turn, `rounds` times after as many that do not count, in which both are compiled. Each returns what it measured, in milliseconds. */
export async function duel(rounds: number, ours: () => Promise<number>, theirs: () => Promise<number>): Promise<Duel> {
  const pairs: { readonly ours: number; readonly theirs: number }[] = [];
  for (let round = -rounds; round < rounds; round += 1) {
    const pair = { ours: await ours(), theirs: await theirs() };
    if (round >= 0) pairs.push(pair);
  }
  return {
    ours: median(pairs.map((pair) => pair.ours)),
    theirs: median(pairs.map((pair) => pair.theirs)),
    faster: median(pairs.map((pair) => pair.theirs / pair.ours)),
  };
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

// So much at once and no more: the rest waits, in the order in which it came. For what is scarce outside of this process, as connections are.

export class Turns {
  #left: number;
  readonly #waiting: (() => void)[] = [];

  /** `atOnce`: how much may be under way at the same time. */
  constructor(atOnce: number) {
    this.#left = atOnce;
  }

  async run<Result>(work: () => Promise<Result>): Promise<Result> {
    if (this.#left > 0) this.#left -= 1;
    else await new Promise<void>((begin) => this.#waiting.push(begin));
    try {
      return await work();
    } finally {
      // Handed on without being given back: nobody who comes at this moment gets in between.
      const next = this.#waiting.shift();
      if (next === undefined) this.#left += 1;
      else next();
    }
  }
}

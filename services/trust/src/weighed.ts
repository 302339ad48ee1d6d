// Work that holds memory while it runs: so much of it side by side, and the rest waits for its turn.

export class Weighed {
  readonly #limit: number;
  readonly #waiting: { readonly weight: number; readonly start: () => void }[] = [];
  #carried = 0;

  /** `limit`: how much may be carried at once. What is heavier than that is carried alone. */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Runs `work` in the order of arrival, as soon as there is room for it. */
  async run<Result>(weight: number, work: () => Promise<Result>): Promise<Result> {
    await new Promise<void>((start) => {
      this.#waiting.push({ weight, start });
      this.#admit();
    });
    try {
      return await work();
    } finally {
      this.#carried -= weight;
      this.#admit();
    }
  }

  #admit(): void {
    for (;;) {
      const [next] = this.#waiting;
      if (next === undefined || (this.#carried > 0 && this.#carried + next.weight > this.#limit)) return;
      this.#waiting.shift();
      this.#carried += next.weight;
      next.start();
    }
  }
}

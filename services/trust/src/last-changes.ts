// When repositories last changed, of those that were asked for lately: their records say it too, but reads should not wait for a record.

interface Change {
  readonly seq: number;
  readonly time: number;
}

const KEPT = 1024;

export class LastChanges {
  readonly #changes = new Map<string, Change>();

  /** The time of the record `seq` of a repository, when it is known. */
  timeOf(repository: string, seq: number): number | undefined {
    const known = this.#changes.get(repository);
    return known?.seq === seq ? known.time : undefined;
  }

  note(repository: string, change: Change): void {
    this.#changes.delete(repository);
    this.#changes.set(repository, change);
    const [oldest] = this.#changes.keys();
    if (this.#changes.size > KEPT && oldest !== undefined) this.#changes.delete(oldest);
  }
}

// What other processes publish to the same store. Answers kept ready here are right only as long as nobody else has committed since, so
// every read asks first; one question goes to the database at a time, and whoever comes while it is under way shares the next one. That is
// what keeps reads linearizable over any number of processes: a publish that was acknowledged anywhere is seen by the next read everywhere.
import type { RepositoryRef, SharedStore } from '@countersign/store';

/** Told once when the store stops answering, and once when it answers again. */
export interface Outages {
  begun(error: unknown): void;
  over(): void;
}

export class Moved {
  readonly #store: SharedStore;
  readonly #forget: (moved: readonly RepositoryRef[] | 'many') => void;
  readonly #outages: Outages;
  #since: number;
  #isOut = false;
  #asking: Promise<void> | undefined;
  #next: Promise<void> | undefined;

  /** `since`: the store's moment at which nothing was kept yet. `forget` must drop what is kept of these repositories, or everything. */
  constructor(store: SharedStore, since: number, forget: (moved: readonly RepositoryRef[] | 'many') => void, outages: Outages) {
    this.#store = store;
    this.#outages = outages;
    this.#since = since;
    this.#forget = forget;
  }

  /** Resolves when whatever was committed before this call is forgotten here. Rejects with StoreError when the store does not answer. */
  known(): Promise<void> {
    // The question under way may have been answered before this call: only one that begins now tells everything.
    this.#next ??= this.#after(this.#asking);
    return this.#next;
  }

  async #after(asking: Promise<void> | undefined): Promise<void> {
    await asking?.catch(() => undefined);
    const asked = this.#ask();
    this.#asking = asked;
    this.#next = undefined;
    await asked;
  }

  async #ask(): Promise<void> {
    try {
      const { now, moved } = await this.#store.movedSince(this.#since);
      if (moved === 'many' || moved.length > 0) this.#forget(moved);
      this.#since = now;
    } catch (error) {
      if (!this.#isOut) this.#outages.begun(error);
      this.#isOut = true;
      throw error;
    }
    if (this.#isOut) this.#outages.over();
    this.#isOut = false;
  }
}

// Heads that were read or written lately. Every read of a file begins with its repository's head, publishers read several files of one head
// in a row, and each commit is held to it: without this, most of what a server asks its table for would be the same head again.
import type { StoredHead } from '../line.ts';

// Small heads alone, and not many: with hash bins, one lists thousands of files.
const KEPT = 512;
const MOST_FILES = 64;

export class RecentHeads {
  readonly #heads = new Map<string, StoredHead>();
  #changes = 0;

  get(repository: string): StoredHead | undefined {
    return this.#heads.get(repository);
  }

  /** Whatever was read from the table is kept under this moment, or not at all. */
  moment(): number {
    return this.#changes;
  }

  /** A head that was asked for before something was written may be the one before it. */
  keep(repository: string, stored: StoredHead, asked: number): void {
    if (asked === this.#changes) this.#put(repository, stored);
  }

  /** Must be called when the table was opened anew: an unsure write may have come to stand in it. */
  clear(): void {
    this.#changes += 1;
    this.#heads.clear();
  }

  /** Must be called with the heads that stand when a write is settled, before anybody is told of it. */
  wrote(heads: Iterable<readonly [string, StoredHead]>): void {
    this.#changes += 1;
    for (const [repository, stored] of heads) this.#put(repository, stored);
  }

  #put(repository: string, stored: StoredHead): void {
    this.#heads.delete(repository);
    if (stored.head.files.size > MOST_FILES) return;
    const [oldest] = this.#heads.keys();
    if (this.#heads.size >= KEPT && oldest !== undefined) this.#heads.delete(oldest);
    this.#heads.set(repository, stored);
  }
}

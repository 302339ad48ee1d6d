// Files that were written or read lately. Whoever publishes reads what stands a moment after somebody wrote it, and a table answers from
// another thread: for files of a few KB that costs several times what reading them from memory does.
import type { Digest } from '@countersign/core';

const MOST_BYTES = 4 * 1024 * 1024;
const LARGEST = 256 * 1024;
// What an entry takes beside its bytes.
const PER_FILE = 256;

export class RecentFiles {
  readonly #files = new Map<Digest, Uint8Array>();
  #bytes = 0;

  /** A copy. The digest must be one that a head names for the repository that is asked about: here lie the files of all of them. */
  get(digest: Digest): Uint8Array | undefined {
    const bytes = this.#files.get(digest);
    if (bytes === undefined) return undefined;
    // Put in again, it is the newest.
    this.#files.delete(digest);
    this.#files.set(digest, bytes);
    return bytes.slice();
  }

  /** `digest` must be the SHA-256 of `bytes`, which are copied: they belong to the caller. */
  keep(digest: Digest, bytes: Uint8Array): void {
    if (bytes.length > LARGEST || this.#files.has(digest)) return;
    this.#files.set(digest, bytes.slice());
    this.#bytes += bytes.length + PER_FILE;
    for (const [oldest, { length }] of this.#files) {
      if (this.#bytes <= MOST_BYTES) break;
      this.#files.delete(oldest);
      this.#bytes -= length + PER_FILE;
    }
  }
}

// When the first of the metadata that is being served runs out. Files that this server signs are signed anew when they are read, so one
// that nobody asks for may run out unnoticed and does no harm; one that is asked for and still runs out is an alarm.
import type { Instant } from '@countersign/core';

export type HorizonRole = 'root' | 'snapshot' | 'timestamp';

interface Seen {
  readonly expires: Instant;
  readonly at: Instant;
}

const MOST = 10_000;
// A timestamp that is due is looked at with every read; the others with every timestamp that is signed.
const REMEMBERED: Readonly<Record<HorizonRole, number>> = { timestamp: 3_600_000, snapshot: 4 * 86_400_000, root: 4 * 86_400_000 };

export class Horizon {
  readonly #seen: Readonly<Record<HorizonRole, Map<string, Seen>>> = { root: new Map(), snapshot: new Map(), timestamp: new Map() };

  /** `repository` is a key of the caller's making; the newest expiry of a role is what counts. */
  note(role: HorizonRole, repository: string, expires: Instant, at: Instant): void {
    const seen = this.#seen[role];
    seen.delete(repository);
    seen.set(repository, { expires, at });
    const [oldest] = seen.keys();
    if (seen.size > MOST && oldest !== undefined) seen.delete(oldest);
  }

  /** The earliest among those asked for lately. */
  earliest(role: HorizonRole, now: Instant): Instant | undefined {
    let earliest: Instant | undefined;
    for (const [repository, { expires, at }] of this.#seen[role]) {
      if (now - at > REMEMBERED[role]) this.#seen[role].delete(repository);
      else if (earliest === undefined || expires < earliest) earliest = expires;
    }
    return earliest;
  }
}

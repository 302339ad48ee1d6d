// How long the files live that this server signs, by dialect.
import type { Lifetimes } from '@countersign/core';
import type { DialectName } from '@countersign/store';

// Clients of Notary warn with every command of a snapshot that ends within six months, and ask people to sign it, who cannot. Its own
// server gives it three years. What keeps readers from an old one is the timestamp, which the same server signs, and which lives for days.
const NOTARY_SNAPSHOT = 3 * 365 * 86_400_000;

export function lifetimesFor(dialect: DialectName, { timestamp, snapshot }: Lifetimes): Lifetimes {
  return { timestamp, snapshot: dialect === 'notary' ? Math.max(snapshot, NOTARY_SNAPSHOT) : snapshot };
}

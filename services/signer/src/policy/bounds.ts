// What every signature is held to, whatever it says: a version that follows from the last one, and a life of ordinary length.
import { type Env, formatInstant, type Lifetimes, type Parsed, SNAPSHOT, TIMESTAMP, type Version } from '@countersign/core';
import { PolicyError } from './errors.ts';
import type { Memory, SignerRole } from './memory.ts';

// A trust server's clock may be ahead of this one by as much as clients allow theirs.
const CLOCKS = 5 * 60_000;

/** The highest that may not be signed again: that of what stands, which may be its publishers', or a later one that was given up. */
export function lastVersion(role: SignerRole, memory: Memory): Version | undefined {
  const [stands, signed] = [memory.files.get(role === 'snapshot' ? SNAPSHOT : TIMESTAMP)?.version, memory.signed[role]?.version];
  return (signed ?? 0) > (stands ?? 0) ? signed : stands;
}

/** Throws PolicyError: `rollback`, `equivocation`, `wrong-version`. */
export function checkVersion(role: SignerRole, memory: Memory, { content: { version } }: Parsed): void {
  const last = lastVersion(role, memory) ?? 0;
  const details = { signed: last, asked: version };
  if (version === last)
    throw new PolicyError('equivocation', `${role} v${version} was signed before, and said something else`, { details });
  if (version < last) throw new PolicyError('rollback', `${role} v${version} is older than v${last}, which was signed before`, { details });
  // What was signed is remembered, stored or not, so no number is left out for good cause. A wider step would be a stolen server's way to the
  // end of the numbers, where nobody could sign any more.
  if (version > last + 1) throw new PolicyError('wrong-version', `${role} v${version} leaves a gap: wanted v${last + 1}`, { details });
}

/** Throws PolicyError(`expiry-bounds`). */
export function checkExpiry(role: SignerRole, { content: { expires } }: Parsed, longest: Lifetimes, { now }: Pick<Env, 'now'>): void {
  const latest = now + longest[role] + CLOCKS;
  if (expires > now && expires <= latest) return;
  const days = Math.round(longest[role] / 86_400_000);
  throw new PolicyError(
    'expiry-bounds',
    `${role} would expire at ${formatInstant(expires)}: wanted a life of at most ${days === 1 ? '1 day' : `${days} days`} from now`,
  );
}

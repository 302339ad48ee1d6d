// One anchor out of everything that was said about a name.
import type { Anchor, Gun } from '@countersign/core';
import type { Pinned, Policy } from './policy.ts';

export interface AnchorSources {
  /** The policy file, or undefined where there is none. */
  readonly policy: Policy | undefined;
  /** What `trust pin` remembered. */
  readonly storedPin: Pinned | undefined;
  /** What an option or environment variable says: it adds to the others and never overrides them. */
  readonly environmentPin: Pinned | undefined;
  /** What to do without any pin. */
  readonly otherwise: Anchor['otherwise'];
}

/** Throws TrustError: `policy` when policy refuses the name, `untrusted-root` when two pins contradict each other. */
export function anchorFor(_gun: Gun, _sources: AnchorSources): Anchor {
  throw new Error('not yet');
}

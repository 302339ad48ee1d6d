// The policy file: which names are verified, and what they must be pinned to. Rules in order, first match wins, no match refuses.
import type { Gun, KeyPin, Limits, Minimum, RootPin } from '@countersign/core';

/** Pins and minimums, as `sha256:HEX@N root>=7 snapshot>=42` states them. */
export interface Pinned {
  readonly pin: RootPin;
  readonly minimum: Minimum;
}

export type PolicyRule =
  | { readonly match: string; readonly action: 'refuse' }
  | {
      readonly match: string;
      readonly action: 'verify';
      readonly pins: readonly (RootPin | KeyPin)[];
      readonly minimum: Minimum;
      readonly binding: 'required' | 'optional';
      readonly server: URL | undefined;
    };

export interface Policy {
  readonly rules: readonly PolicyRule[];
}

/** Reads policy.json. Unknown members are refused. Throws FormatError. */
export function parsePolicy(_file: Uint8Array, _limits: Pick<Limits, 'jsonDepth'>): Policy {
  throw new Error('not yet');
}

/** The first rule that speaks of `gun`. Throws TrustError('policy') when there is none, or when it refuses. */
export function policyRule(_policy: Policy, _gun: Gun): PolicyRule & { readonly action: 'verify' } {
  throw new Error('not yet');
}

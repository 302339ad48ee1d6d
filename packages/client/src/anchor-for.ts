// One anchor out of everything that was said about a name: policy, stored pin, option or environment.
import { type Anchor, formatPin, type Gun, type KeyPin, pinText, type RootPin, TrustError } from '@countersign/core';
import { highest } from './minimum.ts';
import { type Pinned, type Policy, policyRule } from './policy.ts';

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

/**
 * Every pin that was given must hold, and the highest minimum counts. Throws TrustError: `policy` when policy refuses the name,
 * `untrusted-root` when two pins contradict each other.
 */
export function anchorFor(gun: Gun, { policy, storedPin, environmentPin, otherwise }: AnchorSources): Anchor {
  const rule = policy && policyRule(policy, gun);
  const given = [storedPin, environmentPin].filter((pinned) => pinned !== undefined);
  const pins = distinct([...(rule?.pins ?? []), ...given.map(({ pin }) => pin)]);
  refuseConflict(gun, pins);
  const minimum = given.reduce((sum, pinned) => highest(sum, pinned.minimum), rule?.minimum ?? {});
  return { gun, pins, minimum, otherwise, binding: rule?.binding ?? 'required' };
}

const distinct = (pins: readonly (RootPin | KeyPin)[]): readonly (RootPin | KeyPin)[] => [
  ...new Map(pins.map((pin) => [pinText(pin), pin])).values(),
];

function refuseConflict(gun: Gun, pins: readonly (RootPin | KeyPin)[]): void {
  const byVersion = new Map<number, RootPin>();
  for (const pin of pins) {
    if (pin.by !== 'digest') continue;
    const other = byVersion.get(pin.version);
    if (other !== undefined) {
      throw new TrustError('untrusted-root', `${gun}: two pins disagree about root v${pin.version}`, {
        details: { pins: [formatPin(other), formatPin(pin)], wanted: formatPin(other), got: formatPin(pin) },
      });
    }
    byVersion.set(pin.version, pin);
  }
}

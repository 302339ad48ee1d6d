// One anchor out of everything that was said about a name: policy, stored pin, option or environment.
import { type Anchor, type Dialect, formatPin, type Gun, type KeyPin, pinText, type RootPin, TrustError, tuf } from '@countersign/core';
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
  /** Whether repositories of this format can be bound, TUF's unless given. */
  readonly dialect?: Pick<Dialect, 'binds'>;
}

/**
 * Every pin that was given must hold, and the highest minimum counts. Throws TrustError: `policy` when policy refuses the name,
 * `untrusted-root` when two pins contradict each other.
 */
export function anchorFor(gun: Gun, { policy, storedPin, environmentPin, otherwise, dialect = tuf }: AnchorSources): Anchor {
  const rule = policy && policyRule(policy, gun);
  const given = [storedPin, environmentPin].filter((pinned) => pinned !== undefined);
  const pins = distinct([...(rule?.pins ?? []), ...given.map(({ pin }) => pin)]);
  refuseConflict(gun, pins);
  const minimum = given.reduce((sum, pinned) => highest(sum, pinned.minimum), rule?.minimum ?? {});
  const binding = rule?.binding ?? (dialect.binds ? 'required' : 'optional');
  return { gun, pins, minimum, otherwise, binding, ...(rule?.wildcards === undefined ? {} : { wildcards: rule.wildcards }) };
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

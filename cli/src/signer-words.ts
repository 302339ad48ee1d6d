// How signers are called in words: by name where their role gives one, and always with the fingerprint that counts.
import type { DelegationFacts, Holder, TrustedRepository } from '@countersign/client';
import { type Fingerprint, patternsMeet, shortFingerprint } from '@countersign/core';

/** `alice (0123456789abcdef)`, or the fingerprint alone. */
export const holderText = ({ name, fingerprint }: Holder): string =>
  name === undefined ? shortFingerprint(fingerprint) : `${name} (${shortFingerprint(fingerprint)})`;

/** Keys by the names that one role has for them. */
export const holdersText = (keys: readonly Fingerprint[], holders: readonly Holder[]): string =>
  keys
    .map((fingerprint) => holderText(holders.find((one) => one.fingerprint === fingerprint) ?? { fingerprint, name: undefined }))
    .join(', ');

/** `2 of 3`. */
export const needs = ({ threshold, keys }: Pick<DelegationFacts, 'threshold' | 'keys'>): string => `${threshold} of ${keys.length}`;

/** What a role may sign, in words: the pattern of Notary for everything is nothing. */
export const pathsText = (paths: readonly string[]): string => paths.map((path) => (path === '' ? 'every name' : path)).join(' ');

/** The roles that a search asks before `role` for some name that both may sign. */
export function rolesBefore(
  { speakers }: Pick<TrustedRepository, 'speakers'>,
  delegations: readonly DelegationFacts[],
  role: DelegationFacts,
): readonly DelegationFacts[] {
  if (speakers !== undefined) {
    const before = speakers.slice(0, Math.max(0, speakers.indexOf(role.role)));
    return delegations.filter((one) => before.includes(one.role));
  }
  const earlier = delegations.slice(0, delegations.indexOf(role));
  return earlier.filter(({ paths }) => paths.some((one) => role.paths.some((other) => patternsMeet(one, other))));
}

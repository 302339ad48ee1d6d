// A proposal of root in words: what it changes, who has signed, and what a lost key would cost.
import type { Needed, Proposal } from '@countersign/client';
import { type Fingerprint, formatInstant, type RoleChange, shortFingerprint } from '@countersign/core';
import { draftWords } from './draft-words.ts';

interface Held {
  readonly role: string;
  readonly threshold: number;
  readonly keys: readonly Fingerprint[];
}

/** `2 of 3: one key may be lost`. */
export function lossWords({ role, threshold, keys }: Held): string {
  const spare = keys.length - threshold;
  const count = `${threshold} of ${keys.length}`;
  if (spare > 0) return `${count}: ${spare === 1 ? 'one key' : `${spare} keys`} may be lost`;
  const lost = `${count}: losing ${keys.length === 1 ? 'it' : 'one of them'} means`;
  return role === 'root' ? `${lost} that no key can ever be replaced` : `${lost} that nothing can be signed until root names another`;
}

/** What there is to warn of in a proposal; nothing where one key may be lost. */
export function warnings({ difference }: Proposal): readonly string[] {
  if (difference.kind !== 'root') return [];
  return difference.roles
    .filter(({ role, after }) => role === 'root' && after.threshold === after.keys.length)
    .map(({ after }) => `warning: root would be ${lossWords({ role: 'root', ...after })}; propose one key more than must sign`);
}

/** What a signer is shown before anything is signed. */
export function proposalLines(proposal: Proposal): readonly string[] {
  const { gun, role, version, difference } = proposal;
  const head = `${role} v${version} of ${gun}, proposed`;
  const { before, after } = difference.expires;
  const expiry = `  expires      ${before === undefined ? '' : `${formatInstant(before)} -> `}${formatInstant(after)}`;
  if (difference.kind === 'targets') {
    const { entries, delegations, names } = difference;
    const more = entries.length + delegations.length + names.length + (difference.reordered ? 1 : 0);
    // A count is no reason to sign: each change is said.
    if (more > 0) return [head, ...(draftWords(proposal) ?? [])];
    return [head, '  changes      nothing: signed anew for its new keys', expiry];
  }
  return [head, `  names        ${difference.names.join(', ')}`, ...difference.roles.flatMap(roleLines), expiry];
}

function roleLines({ role, before, after, added, removed }: RoleChange): readonly string[] {
  return [
    ...added.map((key) => `  ${role.padEnd(12)} + key ${key}`),
    ...removed.map((key) => `  ${role.padEnd(12)} - key ${key}`),
    `  ${role.padEnd(12)} ${before.threshold} of ${before.keys.length} -> ${lossWords({ role, ...after })}`,
  ];
}

/** Who has signed, a line for each threshold; the first of two is that of the root that stands. */
export function signedLines({ role, version, needed, complete }: Proposal): readonly string[] {
  const lines = needed.map((one, at) => {
    const whose = needed.length === 1 ? '' : at === 0 ? ' of the keys that stand' : ' of the proposed keys';
    const missing = one.keys.filter((key) => !one.signed.includes(key)).map(shortFingerprint);
    const rest = one.signed.length >= one.threshold ? '' : `; missing ${one.threshold - one.signed.length} of ${missing.join(', ')}`;
    return `  signed by    ${one.signed.length} of ${one.threshold}${whose}${rest}`;
  });
  return complete ? [...lines, `  ${role} v${version} can be published`] : lines;
}

export const proposalFacts = (proposal: Proposal): Readonly<Record<string, unknown>> => {
  const { role, version, signed, difference, needed, complete } = proposal;
  const roles = difference.kind === 'root' ? difference.roles : undefined;
  const expires = formatInstant(difference.expires.after);
  return { role, version, signed, expires, ...(roles === undefined ? {} : { roles }), needed: needed.map(neededFacts), complete };
};

const neededFacts = ({ threshold, keys, signed }: Needed) => ({
  threshold,
  signed,
  missing: keys.filter((key) => !signed.includes(key)),
});

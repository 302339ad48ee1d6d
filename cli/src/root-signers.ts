// The keys of this machine for a ceremony: those that were named, or all that a proposal names.
import type { Proposal } from '@countersign/client';
import { type Fingerprint, ROOT, type Signer, TARGETS } from '@countersign/core';
import type { Trust } from './compose/opened.ts';
import { openIfAtHand } from './local-keys.ts';
import type { Passphrases } from './passphrase.ts';
import { checkNamed, keysHere, openNamed } from './signing-keys.ts';
import type { Call } from './tree/spec.ts';

/** Keys that may still sign one of these. */
export const namedIn = (proposals: readonly Proposal[]): readonly Fingerprint[] => [
  ...new Set(proposals.flatMap(({ needed }) => needed.flatMap(({ keys, signed }) => keys.filter((key) => !signed.includes(key))))),
];

/** None where none is here. Throws CommandError `no-key` for a key that was named and may not sign. */
export async function ceremonySigners(
  call: Call,
  { folders }: Trust,
  keys: readonly Fingerprint[],
  role: 'root' | 'targets',
  secrets: Passphrases,
): Promise<readonly Signer[]> {
  const wanted = { role: role === 'root' ? ROOT : TARGETS, keys, threshold: 1, holders: [] };
  const named = call.given.texts('key');
  if (named.length > 0) return checkNamed(wanted, await openNamed(call, folders, named, 'root', secrets));
  const signers: Signer[] = [];
  for (const entry of await keysHere(folders, wanted)) {
    const signer = await openIfAtHand(call.world, entry, secrets, 'root');
    if (signer !== undefined) signers.push(signer);
  }
  return signers;
}

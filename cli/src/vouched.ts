// A yes that is given beforehand is given to what people propose. A server keeps no draft without a signature of its role: one that carries
// none was made by the server, or by whoever took it, and is signed by nobody who did not look at it.
import type { Proposal } from '@countersign/client';
import { type Fingerprint, TrustError } from '@countersign/core';
import type { Given } from './tree/spec.ts';

/** Throws TrustError `signature` for `--yes` to a draft of a server that no key of `standing` has signed. */
export function refuseUnvouched(given: Given, { gun, role, version, needed }: Proposal, standing: readonly Fingerprint[]): void {
  if (!given.flag('yes') || needed.some(({ signed }) => signed.some((key) => standing.includes(key)))) return;
  const text = `${role} v${version} of ${gun} is proposed by nobody whose signature counts today, so --yes does not sign it: a server keeps no such draft, unless it made it`;
  throw new TrustError('signature', text, { details: { role, version } });
}

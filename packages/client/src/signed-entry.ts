// The questions that every verification asks of a signed entry, whatever it stands for.
import { type Digest, type EntryKind, entryKind, revocationPath, type Target, type TargetEntry, TrustError } from '@countersign/core';
import type { Refreshed } from './refresh-repository.ts';
import { findIn, identityOf } from './trusted-repository.ts';
import type { Verdict } from './verdict.ts';

/** Throws TrustError('unsigned') when fresh metadata has no entry of this name. */
export async function signedTarget(refreshed: Refreshed, name: string): Promise<Target> {
  const target = await findIn(refreshed, name);
  if (target === undefined) throw new TrustError('unsigned', `${refreshed.gun}: no signed entry for ${name.slice(0, 80)}`);
  return target;
}

/** A file signed as `v1` must not pass for an image of that tag. Entries of other tools state no kind. */
export function kindOf(path: string, entry: TargetEntry, wanted: 'image' | 'file'): EntryKind {
  const kind = entryKind(entry);
  if (kind.kind === wanted || kind.kind === 'unstated') return kind;
  throw new TrustError('wrong-kind', `${path.slice(0, 80)} is signed as ${kind.kind}, wanted ${wanted}`);
}

/** Throws TrustError('revoked') when a signed statement denies this digest; whatever stands at its place is a denial. */
export async function refuseRevoked(refreshed: Refreshed, digest: Digest): Promise<void> {
  const denial = await findIn(refreshed, revocationPath(digest));
  if (denial === undefined) return;
  const { role } = denial;
  throw new TrustError('revoked', `${refreshed.gun}: ${digest} is revoked by ${role}`, {
    details: { digest, role, signers: denial.signers },
  });
}

/** What was wanted and what was got, in a form that machines can compare. `wanted` is what was signed, unless somebody asked for another. */
export function mismatch(
  text: string,
  facts: { readonly signed: string | undefined; readonly wanted?: string; readonly got: string },
  cause?: unknown,
): TrustError {
  const { signed, wanted = signed, got } = facts;
  return new TrustError('mismatch', text, { ...(cause === undefined ? {} : { cause }), details: { wanted, signed, got } });
}

/** The answer, once every check has passed. */
export function verdict(
  refreshed: Refreshed,
  target: Pick<Target, 'path' | 'entry' | 'signers'>,
  facts: Pick<Verdict, 'digest' | 'mediaType' | 'role'>,
): Verdict {
  const { gun, stage } = refreshed;
  const { timestamp, before } = stage.before.before;
  return {
    gun,
    name: target.path,
    length: target.entry.length,
    custom: target.entry.custom,
    signers: target.signers,
    ...facts,
    ...identityOf(stage),
    rootVersion: before.root.content.version,
    timestampExpires: timestamp.content.expires,
  };
}

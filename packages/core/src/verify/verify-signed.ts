// The one place where Verified is made: after counting distinct keys against a threshold.
import { TrustError } from '../errors.ts';
import type { Env } from '../formats/dialect.ts';
import type { KeyRing, Parsed, RoleKeys, RoleKind } from '../model/metadata.ts';
import type { Fingerprint } from '../names/brand.ts';
import { countSignatures, type SignatureReport } from './count.ts';

declare const proof: unique symbol;

/** Metadata whose threshold of signatures was met by the keys it was held against. Its age is another question. */
export type Verified<Kind extends RoleKind = RoleKind> = Parsed<Kind> & {
  readonly [proof]: Kind;
  /** The distinct keys that signed. */
  readonly signers: readonly Fingerprint[];
};

/**
 * Throws TrustError('signature') when fewer distinct keys signed than the threshold asks for (TUF 1.0.34 §5.3.4, §5.4.2,
 * §5.5.3, §5.6.3).
 */
export function verifySigned<Kind extends RoleKind>(
  metadata: Parsed<Kind>,
  role: RoleKeys,
  keys: KeyRing,
  env: Pick<Env, 'crypto'>,
): Verified<Kind> {
  const report = countSignatures(metadata, role, keys, env);
  if (!(role.threshold >= 1 && report.valid.length >= role.threshold))
    throw new TrustError('signature', shortfall(metadata, report), { details: { ...report } });
  return { ...metadata, signers: report.valid } as Verified<Kind>;
}

function shortfall(metadata: Parsed, report: SignatureReport): string {
  const ignored = report.unsupported.length + report.unusable.length;
  const note = ignored === 0 ? '' : ` (${ignored} of its keys cannot be used here)`;
  return `${metadata.name} v${metadata.content.version} has ${report.valid.length} of ${report.threshold} required signatures${note}`;
}

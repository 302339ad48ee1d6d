// A server's judgement of a snapshot that a Notary publisher signed. The reference looks at the entries of what was uploaded; here every
// entry must name a file that is stored: a publisher could point the others at nothing, or back at an older file.
import { digestOf } from '../../crypto/digest.ts';
import { ReviewError, TrustError } from '../../errors.ts';
import type { Env } from '../../formats/dialect.ts';
import type { MetaFile, Parsed } from '../../model/metadata.ts';
import { roleOf } from '../../model/role-of.ts';
import { SNAPSHOT } from '../../model/top-level.ts';
import type { RoleName } from '../../names/brand.ts';
import { checkNotExpired } from '../../trust/root.ts';
import { verifyMeta } from '../../verify/verify-bytes.ts';
import { verifySigned } from '../../verify/verify-signed.ts';
import { askBytes } from '../ask.ts';
import type { Sealed } from '../draft.ts';
import type { Review, ReviewHead } from '../plan.ts';
import { about, refusing } from './refusal.ts';
import { reviewSpelling } from './spelling.ts';

/** How the repository will stand beside this snapshot. */
export interface Beside {
  readonly root: Parsed<'root'>;
  /** Root, targets and delegations that the upload brings, or that everything else was held to. */
  readonly files: ReadonlyMap<RoleName, Uint8Array>;
  readonly retired: ReadonlySet<RoleName>;
  readonly previous: Parsed<'snapshot'> | undefined;
}

/** Throws ReviewError. */
export function* snapshotPart(part: Uint8Array, head: ReviewHead | undefined, beside: Beside, env: Env): Review<Sealed> {
  const { root, files, previous } = beside;
  const parsed = refusing('snapshot', () => env.dialect.parse('snapshot', SNAPSHOT, part, env));
  const text = 'valid signatures did not meet threshold for snapshot';
  const snapshot = refusing('snapshot', () => verifySigned(parsed, roleOf(root, 'snapshot'), root.content.keys, env), text);
  refusing('snapshot', () => {
    checkNotExpired(snapshot, env);
    reviewSpelling(snapshot);
    for (const [name, bytes] of files) checkListed(name, bytes, snapshot, env);
    for (const name of previous?.content.meta.keys() ?? []) checkKept(name, snapshot, head, beside);
  });
  for (const [name, meta] of snapshot.content.meta) if (!files.has(name)) yield* about('snapshot', entry(name, meta, head, previous, env));
  return { name: SNAPSHOT, version: snapshot.content.version, bytes: part, digest: digestOf(env.crypto, part) };
}

function checkListed(name: RoleName, bytes: Uint8Array, { content }: Parsed<'snapshot'>, { crypto }: Env): void {
  const meta = content.meta.get(name);
  if (meta === undefined) throw new TrustError('missing', `snapshot v${content.version} does not list ${name}`);
  verifyMeta(name, bytes, meta, crypto);
}

/** A role leaves with its delegation. Left out while it stands, everything it signed would look unsigned. */
function checkKept(name: RoleName, { content }: Parsed<'snapshot'>, head: ReviewHead | undefined, { retired }: Beside): void {
  if (content.meta.has(name) || retired.has(name) || head?.files.has(name) !== true) return;
  throw new TrustError('rollback', `snapshot v${content.version} lost ${name}, which is still delegated`);
}

/** What was listed may stay as it was; anything else must be the newest stored file of its role. */
function* entry(
  name: RoleName,
  meta: MetaFile,
  head: ReviewHead | undefined,
  previous: Parsed<'snapshot'> | undefined,
  env: Env,
): Review<void> {
  if (isSame(meta, previous?.content.meta.get(name))) return;
  const stored = head?.files.get(name);
  const bytes = stored && (yield* askBytes({ need: 'stored', role: name, version: stored.version }));
  if (bytes === undefined) throw new ReviewError('unknown-role', `the snapshot lists ${name}, which is neither stored nor in the update`);
  verifyMeta(name, bytes, meta, env.crypto);
}

function isSame(one: MetaFile, other: MetaFile | undefined): boolean {
  if (other === undefined || one.length !== other.length || one.hashes?.size !== other.hashes?.size) return false;
  return [...(one.hashes ?? [])].every(([algorithm, digest]) => other.hashes?.get(algorithm) === digest);
}

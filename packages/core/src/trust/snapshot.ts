// The snapshot: which versions belong together (TUF 1.0.34 §5.5; mix-and-match and rollback attacks).
import { equalBytes } from '../bytes/bytes.ts';
import { TrustError } from '../errors.ts';
import type { Env } from '../formats/dialect.ts';
import type { MetaFile, Parsed } from '../model/metadata.ts';
import { roleOf } from '../model/role-of.ts';
import { isTopLevel, ROOT, SNAPSHOT } from '../model/top-level.ts';
import type { RoleName, Version } from '../names/brand.ts';
import { verifyMeta } from '../verify/verify-bytes.ts';
import { type Verified, verifySigned } from '../verify/verify-signed.ts';
import { checkSameRepository } from './binding.ts';
import { checkNotExpired } from './root.ts';
import type { RootTrusted, SnapshotTrusted, TimestampTrusted } from './stages.ts';

/** Throws TrustError: mismatch, signature, wrong-repository, rollback, equivocation or expired; FormatError when malformed. */
export function trustSnapshot(before: TimestampTrusted, file: Uint8Array, env: Env): SnapshotTrusted {
  const meta = before.timestamp.content.snapshot;
  // §5.5.2: hashes are of the bytes that arrived, checked before anything is parsed.
  verifyMeta('snapshot', file, meta, env.crypto);
  const { root, floor } = before.before;
  const seen = floor?.snapshot;
  const parsed = seen !== undefined && equalBytes(file, seen.file) ? seen : env.dialect.parse('snapshot', SNAPSHOT, file, env);
  const snapshot = verifySigned(parsed, roleOf(root, 'snapshot'), root.content.keys, env);
  checkSameRepository(snapshot, root);
  const version = snapshot.content.version;
  // §5.5.4
  if (meta.version !== undefined && version !== meta.version)
    throw new TrustError('mismatch', `snapshot is v${version}, the timestamp names v${meta.version}`);
  checkMinimum(version, before.before);
  if (env.dialect.snapshotNamesRoot) checkRoot(snapshot, root, env);
  if (seen !== undefined) checkNothingLost(snapshot, seen, env);
  checkNotExpired(snapshot, env);
  return { before, snapshot } as SnapshotTrusted;
}

/** §5.5.5: a role that vanishes from the snapshot, or goes back, is a rollback. Delegated roles count too. */
function checkNothingLost(snapshot: Verified<'snapshot'>, seen: Parsed<'snapshot'>, { dialect }: Env): void {
  const [got, before] = [snapshot.content.version, seen.content.version];
  // The timestamp's word on this (§5.4.3.2) is not there when only the snapshot is remembered.
  if (got < before) throw new TrustError('rollback', `snapshot v${got} is older than v${before}`);
  for (const [role, then] of seen.content.meta) {
    const now = snapshot.content.meta.get(role);
    if (now === undefined && dialect.rolesMayLeave && !isTopLevel(role)) continue;
    if (now === undefined) throw new TrustError('rollback', `snapshot v${got} lost ${role.slice(0, 40)}, which v${before} listed`);
    // Where versions are not stated (Notary), the file itself is held to the one that was seen.
    if (now.version === undefined || then.version === undefined) {
      if (got === before && !isSameFile(now, then, true)) throw twoFiles(role, got);
      continue;
    }
    if (now.version < then.version) throw new TrustError('rollback', `${role.slice(0, 40)} v${now.version} is older than v${then.version}`);
    if (now.version === then.version && !isSameFile(now, then, snapshot.content.binding !== undefined)) {
      throw twoFiles(role, now.version);
    }
  }
}

const twoFiles = (role: RoleName, version: Version): TrustError =>
  new TrustError('equivocation', `${role.slice(0, 40)} v${version} is not the file that was seen under this version`);

/** A root that is withheld takes back no key: where the snapshot says which root it belongs with, it must be this one. */
function checkRoot(snapshot: Verified<'snapshot'>, root: Verified<'root'>, { crypto }: Env): void {
  const meta = snapshot.content.meta.get(ROOT);
  if (meta === undefined) throw new TrustError('missing', 'the snapshot does not list root');
  verifyMeta('root', root.file, meta, crypto);
}

/** Rollback memory that travels with a pin. */
export function checkMinimum(version: Version, { anchor }: RootTrusted): void {
  const minimum = anchor.minimum.snapshot;
  if (minimum === undefined || version >= minimum) return;
  throw new TrustError('rollback', `snapshot v${version} is older than v${minimum}`);
}

/**
 * A version is said once. A well-signed file that lost a race, or was never published, has the version of the one that won: in its
 * place it would take back what was seen. In a repository of ours nothing that was stated of a file is left out later either.
 */
function isSameFile(now: MetaFile, then: MetaFile, stated: boolean): boolean {
  const same = <Value>(one: Value | undefined, other: Value): boolean => one === other || (one === undefined && !stated);
  if (then.length !== undefined && !same(now.length, then.length)) return false;
  return [...(then.hashes ?? [])].every(([algorithm, digest]) => same(now.hashes?.get(algorithm), digest));
}

// Targets and delegated roles: what names stand for (TUF 1.0.34 §5.6).
import { digestOf } from '../crypto/digest.ts';
import { TrustError } from '../errors.ts';
import type { Env } from '../formats/dialect.ts';
import type { KeyRing, RoleKeys } from '../model/metadata.ts';
import { roleOf } from '../model/role-of.ts';
import { TARGETS } from '../model/top-level.ts';
import type { RoleName } from '../names/brand.ts';
import { verifyMeta } from '../verify/verify-bytes.ts';
import { type Verified, verifySigned } from '../verify/verify-signed.ts';
import { checkSameRole } from './binding.ts';
import { checkNotExpired } from './root.ts';
import type { DelegatedTrusted, Delegation, RootTrusted, SnapshotTrusted, TargetsTrusted } from './stages.ts';

/** Throws TrustError: mismatch, signature, wrong-repository or expired; FormatError when malformed. */
export function trustTargets(before: SnapshotTrusted, file: Uint8Array, env: Env): TargetsTrusted {
  const { root } = before.before.before;
  const targets = trustTargetsFile(before, TARGETS, { role: roleOf(root, 'targets'), keys: root.content.keys }, file, env);
  return { before, targets } as TargetsTrusted;
}

/**
 * A delegated role, held to the delegation of this path. A file that was verified for another delegator proves nothing here:
 * its keys and threshold may differ.
 */
export function trustDelegated(before: TargetsTrusted, delegation: Delegation, file: Uint8Array, env: Env): DelegatedTrusted {
  const { role, keys, delegator } = delegation;
  const targets = trustTargetsFile(before.before, role.name, { role, keys }, file, env);
  return { before, delegator: delegator.name, targets } as DelegatedTrusted;
}

/**
 * Where the snapshot states no version (Notary), an older file with its signatures would pass: a server that signs snapshots could hand
 * out any that ever was. What was seen of the role is remembered, and a version is said once.
 */
function holdToSeen(targets: Verified<'targets'>, { floor }: RootTrusted, { crypto }: Env): void {
  const seen = floor?.roles.get(targets.name);
  if (seen === undefined) return;
  const [name, { version }] = [targets.name.slice(0, 80), targets.content];
  if (version < seen.version) throw new TrustError('rollback', `${name} v${version} is older than v${seen.version}`);
  if (version === seen.version && digestOf(crypto, targets.file) !== seen.digest)
    throw new TrustError('equivocation', `${name} v${version} is not the file that was seen under this version`);
}

function trustTargetsFile(
  before: SnapshotTrusted,
  name: RoleName,
  signers: { readonly role: RoleKeys; readonly keys: KeyRing },
  file: Uint8Array,
  env: Env,
): Verified<'targets'> {
  const meta = before.snapshot.content.meta.get(name);
  if (meta === undefined) throw new TrustError('missing', `the snapshot does not list ${name.slice(0, 40)}`);
  verifyMeta(name, file, meta, env.crypto); // §5.6.2
  const targets = verifySigned(env.dialect.parse('targets', name, file, env), signers.role, signers.keys, env);
  checkSameRole(targets, before.before.before.root);
  const version = targets.content.version;
  // §5.6.4
  if (meta.version === undefined) holdToSeen(targets, before.before.before, env);
  else if (version !== meta.version) throw new TrustError('mismatch', `${name} is v${version}, the snapshot names v${meta.version}`);
  checkNotExpired(targets, env);
  return targets;
}

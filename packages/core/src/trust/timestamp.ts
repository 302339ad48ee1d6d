// The timestamp: proof that the rest is fresh (TUF 1.0.34 §5.4).
import { equalBytes } from '../bytes/bytes.ts';
import { TrustError } from '../errors.ts';
import type { Env } from '../formats/dialect.ts';
import type { Parsed, RecordHead } from '../model/metadata.ts';
import { roleOf } from '../model/role-of.ts';
import { TIMESTAMP } from '../model/top-level.ts';
import { countSignatures } from '../verify/count.ts';
import { type Verified, verifySigned } from '../verify/verify-signed.ts';
import { checkSameRepository } from './binding.ts';
import { checkNotExpired } from './root.ts';
import { checkMinimum } from './snapshot.ts';
import type { RootTrusted, TimestampTrusted } from './stages.ts';

/** Throws TrustError: signature, wrong-repository, rollback, equivocation or expired; FormatError when malformed. */
export function trustTimestamp(before: RootTrusted, file: Uint8Array, env: Env): TimestampTrusted {
  const { root, floor } = before;
  const seen = floor?.timestamp;
  // What was parsed once is not parsed again; believed it is only by what follows.
  const parsed = seen !== undefined && equalBytes(file, seen.file) ? seen : env.dialect.parse('timestamp', TIMESTAMP, file, env);
  const arrived = verifySigned(parsed, roleOf(root, 'timestamp'), root.content.keys, env);
  checkSameRepository(arrived, root);
  checkRecord(arrived, floor?.record);
  const timestamp = seen === undefined ? arrived : holdToTimestamp(arrived, seen, before, env);
  checkSameRepository(timestamp, root);
  const named = timestamp.content.snapshot.version;
  if (named !== undefined) checkMinimum(named, before);
  checkNotExpired(timestamp, env);
  return { before, timestamp } as TimestampTrusted;
}

/** §5.4.3. At an equal version the one verified first is kept, as long as today's keys still vouch for it. */
function holdToTimestamp(arrived: Verified<'timestamp'>, seen: Parsed<'timestamp'>, before: RootTrusted, env: Env): Verified<'timestamp'> {
  if (equalBytes(arrived.file, seen.file)) return arrived;
  const [now, then] = [arrived.content, seen.content];
  if (now.version < then.version) throw new TrustError('rollback', `timestamp v${now.version} is older than v${then.version}`);
  if (now.version === then.version) {
    const role = roleOf(before.root, 'timestamp');
    const { keys } = before.root.content;
    const stillValid = countSignatures(seen, role, keys, env).valid.length >= role.threshold;
    if (stillValid) return verifySigned(seen, role, keys, env);
  }
  // §5.4.3.2. Also where only what was seen has lost its signatures: its word against going back still counts. Where timestamps do not
  // name versions (Notary), the snapshot is held to the one that was seen.
  const [named, seenNamed] = [now.snapshot.version, then.snapshot.version];
  if (named !== undefined && seenNamed !== undefined && named < seenNamed) {
    throw new TrustError('rollback', `snapshot v${named} is older than v${seenNamed}`);
  }
  return arrived;
}

/** A timestamp of ours names the newest publish record: the same position with another hash is a second story. */
function checkRecord(arrived: Verified<'timestamp'>, seen: RecordHead | undefined): void {
  if (seen === undefined) return;
  const record = arrived.content.binding?.record;
  if (record === undefined) throw new TrustError('rollback', `timestamp v${arrived.content.version} names no record, ${seen.seq} was seen`);
  if (record.seq < seen.seq) throw new TrustError('rollback', `record ${record.seq} is older than ${seen.seq}`);
  if (record.seq === seen.seq && record.hash !== seen.hash) {
    throw new TrustError('equivocation', `record ${seen.seq} is ${record.hash.slice(0, 16)}…, before it was ${seen.hash.slice(0, 16)}…`);
  }
}

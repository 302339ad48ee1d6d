// The server's whole judgement of an upload, as a generator: the service answers its needs and executes its plan.
import { digestOf } from '../crypto/digest.ts';
import { ReviewError } from '../errors.ts';
import type { Env } from '../formats/dialect.ts';
import type { MetaFile } from '../model/metadata.ts';
import { ROOT, SNAPSHOT, TARGETS, TIMESTAMP } from '../model/top-level.ts';
import type { RoleName } from '../names/brand.ts';
import { parseOwnRoleName } from '../names/role-name.ts';
import { parseVersion } from '../names/version.ts';
import type { Verified } from '../verify/verify-signed.ts';
import { checkClaims, claimsOf } from './claims.ts';
import { type Draft, metaOf, type Sealed } from './draft.ts';
import { draftSnapshot, draftTimestamp, expiryAfter } from './online.ts';
import type { Plan, Review, ReviewHead, ReviewRules, Standing, Upload } from './plan.ts';
import type { KeyCount } from './review-key-count.ts';
import { named } from './review-names.ts';
import { standingRoot } from './review-root.ts';
import { namedGenerations, namedKeys, reviewDelegatedKeys } from './review-server-keys.ts';
import { storedFile } from './review-stored.ts';
import { standingTargets } from './review-targets.ts';

/**
 * Judges `upload` against what stands. Throws ReviewError, TrustError or FormatError with the reason; nothing is stored before
 * the whole upload has passed.
 */
export function* review(head: ReviewHead | undefined, upload: Upload, rules: ReviewRules, env: Env): Review<Plan<Draft<'snapshot'>>> {
  checkParts(head, upload, env);
  const count: KeyCount = { keys: 0, uses: 0 };
  const root = yield* standingRoot(head, upload, rules, count, env);
  const { roles, bins } = yield* standingTargets(head, upload, root, count, env);
  for (const { file, arrived } of roles) if (arrived) yield* reviewDelegatedKeys(file, rules, env);
  const [targets] = roles;
  if (targets === undefined) throw new ReviewError('refused-upload', 'targets: wanted one, got none');

  const arrived: readonly Standing<'root' | 'targets'>[] = [root, ...roles].filter((standing) => standing.arrived);
  const files = arrived.map(({ file }) => asSealed(file, env));
  const generations = namedGenerations(root.file, rules, env);
  const claims = claimsOf(
    arrived.map(({ file }) => file),
    namedKeys(rules.serverKeys, generations),
    env,
  );
  yield* checkClaims(claims, upload);

  // A snapshot lists every bin and every client reads the snapshot: the version alone says which file it is.
  const changed = new Map<RoleName, MetaFile>(
    files.filter((file) => file.name !== ROOT).map((file) => [file.name, bins.has(file.name) ? { version: file.version } : metaOf(file)]),
  );
  const previous = {
    file: upload.recreate ? undefined : yield* storedFile(head, SNAPSHOT, 'snapshot', env),
    version: rules.snapshotAfter ?? head?.files.get(SNAPSHOT)?.version,
  };
  checkSize(previous.file?.content.meta ?? new Map(), changed, env);
  const timestampVersion = parseVersion((head?.files.get(TIMESTAMP)?.version ?? 0) + 1, 'timestamp version');
  return {
    kind: root.arrived ? 'root' : 'publish',
    files,
    root: root.file,
    targets: targets.file,
    snapshot: draftSnapshot(previous, changed, root.file, expiryAfter(env.now, rules.lifetimes.snapshot), env),
    timestamp: (snapshot, record) =>
      draftTimestamp(timestampVersion, snapshot, record, root.file, expiryAfter(env.now, rules.lifetimes.timestamp), env),
    claims,
    generations,
    retired: [],
    signers: [...new Set(arrived.flatMap(({ file }) => file.signers))],
  };
}

function checkParts(head: ReviewHead | undefined, upload: Upload, env: Env): void {
  if (upload.parts.size === 0) throw new ReviewError('refused-upload', 'the upload is empty');
  if (upload.recreate && head?.deleted !== true)
    throw new ReviewError('refused-upload', `${upload.gun} is not deleted, there is nothing to recreate`);
  let total = 0;
  for (const [name, bytes] of upload.parts) {
    total += bytes.length;
    if (name === SNAPSHOT || name === TIMESTAMP)
      throw new ReviewError('refused-upload', `${name} is signed by the server, publishers do not upload it`);
    if (name !== ROOT && name !== TARGETS) named(name, parseOwnRoleName);
    const limit = name === ROOT ? env.limits.rootBytes : env.limits.targetsBytes;
    if (bytes.length > limit) throw new ReviewError('refused-upload', `${name} has ${bytes.length} bytes, at most ${limit} are allowed`);
  }
  if (upload.parts.size > env.limits.uploadParts || total > env.limits.uploadBytes) {
    throw new ReviewError('refused-upload', `the upload has ${upload.parts.size} files and ${total} bytes, more than this server takes`);
  }
}

/** What a repository outgrew it may still sign again: only growing is refused. */
function checkSize(before: ReadonlyMap<RoleName, MetaFile>, changed: ReadonlyMap<RoleName, MetaFile>, { limits }: Env): void {
  const bytesOf = (files: ReadonlyMap<RoleName, MetaFile>): number => [...files.values()].reduce((sum, { length = 0 }) => sum + length, 0);
  const [then, now] = [bytesOf(before), bytesOf(new Map([...before, ...changed]))];
  if (now <= limits.repositoryBytes || now <= then) return;
  throw new ReviewError(
    'refused-upload',
    `the repository would have ${now} bytes of metadata, at most ${limits.repositoryBytes} are taken`,
  );
}

function asSealed(file: Verified<'root' | 'targets'>, env: Env): Sealed {
  return { name: file.name, version: file.content.version, bytes: file.file, digest: digestOf(env.crypto, file.file) };
}

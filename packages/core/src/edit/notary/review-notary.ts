// The server's whole judgement of an upload in the Notary dialect. Its protocol fixes the order of the checks and what each refusal is
// called; what is judged, and the plan that comes of it, are those of `review`.
import { digestOf } from '../../crypto/digest.ts';
import { ReviewError } from '../../errors.ts';
import type { Env } from '../../formats/dialect.ts';
import type { MetaFile } from '../../model/metadata.ts';
import { ROOT, SNAPSHOT, TARGETS, TIMESTAMP } from '../../model/top-level.ts';
import type { RoleName, Version } from '../../names/brand.ts';
import { parseVersion } from '../../names/version.ts';
import type { Verified } from '../../verify/verify-signed.ts';
import { askClaimants } from '../ask.ts';
import { checkClaims, claimOf, claimsOf } from '../claims.ts';
import { type Draft, metaOf, type Sealed } from '../draft.ts';
import { draftSnapshot, draftTimestamp, expiryAfter } from '../online.ts';
import type { Plan, Review, ReviewHead, ReviewRules, Standing, Upload } from '../plan.ts';
import { namedKeys, reviewDelegatedKeys } from '../review-server-keys.ts';
import { storedFile } from '../review-stored.ts';
import { about, refusal, refusing } from './refusal.ts';
import { rootPart } from './root-part.ts';
import { saysSomething } from './says-something.ts';
import { notaryGenerations } from './server-keys.ts';
import { snapshotPart } from './snapshot-part.ts';
import { type NotaryRoles, targetsParts } from './targets-parts.ts';

/**
 * Throws ReviewError alone for what is wrong with an upload; `details.about` says with which part (`About`), `conflict` that a version is
 * no news. An upload without parts makes the server sign anew. A timestamp among the parts is not looked at: the server makes its own.
 */
export function* reviewNotary(before: ReviewHead | undefined, upload: Upload, rules: ReviewRules, env: Env): Review<Plan> {
  // Its clients begin again after a deletion, with root 1 and other keys.
  const head = before?.deleted === true ? undefined : before;
  checkSize(upload, env);
  const count = { keys: 0, uses: 0 };
  const root = yield* rootPart(head, upload, rules, count, env);
  const roles = yield* targetsParts(head, upload, root, count, env);
  for (const file of roles.arrived) yield* about('targets', reviewDelegatedKeys(file, rules, env));
  const generations = refusing('root', () => notaryGenerations(root.file, rules, env));
  const snapshot = yield* standingSnapshot(head, upload, root, roles, generations, rules, env);
  const arrived = [...(root.arrived ? [root.file] : []), ...roles.arrived];
  for (const { name, content } of arrived) checkNews(head, name, content.version, env);
  checkNews(head, SNAPSHOT, snapshot.version, env);
  for (const file of roles.arrived) if (head?.files.has(file.name) !== true) yield* checkNeverSaid(file, upload, env);
  // An old root gives keys their power back that the ones after it took away.
  const last = head === undefined ? before?.files.get(ROOT)?.version : undefined;
  if (last !== undefined && root.file.content.version < last) yield* checkNeverSaid(root.file, upload, env);

  const claims = claimsOf(arrived, namedKeys(rules.serverKeys, generations), env);
  yield* about('validation', checkClaims(claims, upload));
  // A timestamp goes on counting in a new life: its key is the same, and two of them with one version would be two stories.
  const timestampVersion = parseVersion((before?.files.get(TIMESTAMP)?.version ?? 0) + 1, 'timestamp version');
  return {
    kind: root.arrived ? 'root' : 'publish',
    files: arrived.map((file) => asSealed(file, env)),
    root: root.file,
    targets: roles.targets,
    snapshot,
    timestamp: (sealed, record) =>
      draftTimestamp(timestampVersion, sealed, record, root.file, expiryAfter(env.now, rules.lifetimes.timestamp), env),
    claims,
    generations,
    retired: roles.retired,
    signers: [...new Set(arrived.flatMap(({ signers }) => signers))],
  };
}

function checkSize({ parts }: Upload, { limits }: Env): void {
  let total = 0;
  for (const [name, bytes] of parts) {
    total += bytes.length;
    const limit = name === ROOT ? limits.rootBytes : name === SNAPSHOT ? limits.snapshotBytes : limits.targetsBytes;
    if (bytes.length > limit) throw refusal('validation', `${name} has ${bytes.length} bytes, at most ${limit} are taken`);
  }
  if (parts.size <= limits.uploadParts && total <= limits.uploadBytes) return;
  throw refusal('validation', `the upload has ${parts.size} files and ${total} bytes, more than this server takes`);
}

/** The publisher's own snapshot, or the draft of one that the server signs. */
function* standingSnapshot(
  head: ReviewHead | undefined,
  upload: Upload,
  root: Standing<'root'>,
  roles: NotaryRoles,
  generations: Plan['generations'],
  rules: ReviewRules,
  env: Env,
): Review<Draft<'snapshot'> | Sealed> {
  const files = new Map<RoleName, Uint8Array>([
    [ROOT, root.file.file],
    [TARGETS, roles.targets.file],
    ...roles.arrived.map(({ name, file }) => [name, file] as const),
  ]);
  const previous = yield* storedFile(head, SNAPSHOT, 'snapshot', env);
  const part = upload.parts.get(SNAPSHOT);
  if (part !== undefined)
    return yield* snapshotPart(part, head, { root: root.file, files, retired: new Set(roles.retired), previous }, env);
  if (generations.snapshot === undefined) {
    const text = 'no snapshot was included in update and server does not hold current snapshot key for repository';
    throw refusal('hierarchy', text, { missing: SNAPSHOT });
  }
  const changed = new Map<RoleName, MetaFile>([...files].map(([name, bytes]) => [name, metaFor(bytes, env)]));
  const expires = expiryAfter(env.now, rules.lifetimes.snapshot);
  return draftSnapshot({ file: previous, version: rules.snapshotAfter }, changed, root.file, expires, env, roles.retired);
}

/** A snapshot of Notary states no versions. */
const metaFor = (bytes: Uint8Array, { crypto }: Env): MetaFile => metaOf({ version: 1 as Version, bytes, digest: digestOf(crypto, bytes) });

/** Judged last: what is wrong with a file is told before that it comes late. Throws ReviewError: `conflict`, or `wrong-version`. */
function checkNews(head: ReviewHead | undefined, name: RoleName, version: Version, env: Env): void {
  const current = head?.files.get(name)?.version;
  const kind = name === ROOT ? 'root' : name === SNAPSHOT ? 'snapshot' : 'targets';
  if (env.dialect.mayFollow(kind, current, version)) return;
  const details = { role: name, current: current ?? 0, uploaded: version, about: kind };
  if (current !== undefined && version <= current)
    throw new ReviewError('conflict', `${name} v${version} was uploaded, but v${current} is published already`, { details });
  throw new ReviewError('wrong-version', `${name} v${version} is too far above v${current ?? 0}: nobody could publish after it`, {
    details,
  });
}

/**
 * A role without a file here begins at any version, and what it said in an earlier life is signed and public: whoever may push, and has
 * no key, could have that stand again. Its owner signs anew. Throws ReviewError(`conflict`).
 */
function* checkNeverSaid(file: Verified<'root' | 'targets'>, { gun }: Upload, env: Env): Review<void> {
  if (!saysSomething(file)) return;
  const [owner] = yield* askClaimants([claimOf(file, env)]);
  if (owner !== gun) return;
  const { name, content } = file;
  const details = { role: name, current: content.version, uploaded: content.version, about: file.kind };
  throw new ReviewError('conflict', `${name} v${content.version} was published here before, and taken away since`, { details });
}

function asSealed(file: Verified<'root' | 'targets'>, { crypto }: Env): Sealed {
  return { name: file.name, version: file.content.version, bytes: file.file, digest: digestOf(crypto, file.file) };
}
